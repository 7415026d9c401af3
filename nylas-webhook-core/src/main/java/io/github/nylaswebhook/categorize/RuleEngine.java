package io.github.nylaswebhook.categorize;

import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Rules made ready for use: all their keywords are looked for at once. Immutable. */
final class RuleEngine {
  private final RuleSet.Parts parts;
  private final List<CompiledRule> strong = new ArrayList<>();
  private final List<CompiledRule> weak = new ArrayList<>();
  private final List<Urgency> urgencies = new ArrayList<>();
  private final Keywords keywords;

  private record CompiledRule(Rule rule, List<Check> all, List<Check> any, List<Check> none) {}

  private record Urgency(Priority raise, Check words) {}

  /** A rule that a mail matches, and by what. */
  private record Matched(Rule rule, List<Evidence> evidence) {
    int score() {
      int score = 0;
      for (Evidence one : evidence) {
        score += one.field().equals(Keywords.SUBJECT) ? RuleSet.SUBJECT_WEIGHT : 1;
      }
      return score;
    }
  }

  RuleEngine(RuleSet.Parts parts) {
    this.parts = parts;
    Keywords.Builder builder = new Keywords.Builder();
    for (Rule rule : parts.rules()) {
      CompiledRule compiled =
          new CompiledRule(
              rule,
              checks(rule.all(), builder),
              checks(rule.any(), builder),
              checks(rule.none(), builder));
      (rule.weak() ? weak : strong).add(compiled);
    }
    parts
        .priorityWords()
        .forEach(
            (raise, words) ->
                urgencies.add(
                    new Urgency(
                        raise,
                        Check.of(
                            Condition.words(words).except(parts.priorityWordsExcept()), builder))));
    keywords = builder.build();
  }

  private static List<Check> checks(List<Condition> conditions, Keywords.Builder keywords) {
    return conditions.stream().map(condition -> Check.of(condition, keywords)).toList();
  }

  Classification categorize(Message message, MessageContext context) {
    Mail mail = new Mail(message, context, keywords);
    List<Matched> matched = matched(strong, mail);
    boolean stopped = !matched.isEmpty() && matched.get(matched.size() - 1).rule.stop();
    if (!stopped && matched.stream().allMatch(match -> match.rule.category().isEmpty())) {
      matched.addAll(matched(weak, mail));
    }
    Decision decision = new Decision();
    decide(matched, decision);
    addBusinessContext(mail, decision);
    return new Classification(
        decision.category,
        decision.priority,
        decision.tags,
        decision.route,
        List.copyOf(decision.evidence));
  }

  /** What matches, in order, as far as the strategy and the rules let it be looked for. */
  private List<Matched> matched(List<CompiledRule> rules, Mail mail) {
    List<Matched> matched = new ArrayList<>();
    for (CompiledRule compiled : rules) {
      List<Evidence> evidence = new ArrayList<>();
      if (!matches(compiled, mail, evidence)) {
        continue;
      }
      // As a person reads it.
      evidence.sort(Comparator.comparing(one -> !one.field().equals(Keywords.SUBJECT)));
      Rule rule = compiled.rule;
      matched.add(new Matched(rule, evidence));
      if (rule.stop() || (parts.strategy() == Strategy.FIRST && rule.category().isPresent())) {
        break;
      }
    }
    return matched;
  }

  private static boolean matches(CompiledRule rule, Mail mail, List<Evidence> evidence) {
    String name = rule.rule.name();
    for (Check check : rule.all) {
      if (!check.test(mail, name, evidence)) {
        return false;
      }
    }
    boolean met = rule.any.isEmpty();
    for (Check check : rule.any) {
      // All of them, since each is evidence.
      met |= check.test(mail, name, evidence);
    }
    if (!met) {
      return false;
    }
    for (Check check : rule.none) {
      if (check.test(mail, name, new ArrayList<>())) {
        return false;
      }
    }
    return true;
  }

  private final class Decision {
    private String category = parts.defaultCategory();
    private Priority priority = parts.defaultPriority();
    private String route = "";
    private Priority raise = Priority.LOW;
    private final Set<String> tags = new LinkedHashSet<>();
    private final Set<Evidence> evidence = new LinkedHashSet<>();

    void set(Rule rule) {
      category = rule.category().orElse(category);
      priority = rule.priority().orElse(priority);
      route = rule.route().isEmpty() ? route : rule.route();
    }

    void raise(Priority atLeast) {
      raise = atLeast.compareTo(raise) > 0 ? atLeast : raise;
    }
  }

  private void decide(List<Matched> matched, Decision decision) {
    Optional<Matched> best =
        parts.strategy() == Strategy.SCORE ? highestScore(matched) : Optional.empty();
    best.ifPresent(
        match -> {
          decision.set(match.rule);
          // What decided comes first.
          decision.evidence.addAll(match.evidence);
        });
    for (Matched match : matched) {
      Rule rule = match.rule;
      if (best.isEmpty() || rule.category().isEmpty()) {
        decision.set(rule);
      }
      rule.raise().ifPresent(decision::raise);
      decision.tags.addAll(rule.tags());
      if (best.isEmpty()
          || rule.category().isEmpty()
          || rule.category().equals(best.get().rule.category())
          || rule.raise().isPresent()
          || !rule.tags().isEmpty()) {
        decision.evidence.addAll(match.evidence);
      }
    }
  }

  /** Of the category with the most evidence, the rule with the most. */
  private static Optional<Matched> highestScore(List<Matched> matched) {
    Map<String, Integer> categories = new LinkedHashMap<>();
    for (Matched match : matched) {
      match.rule.category().ifPresent(name -> categories.merge(name, match.score(), Integer::sum));
    }
    String winner = "";
    int most = -1;
    for (Map.Entry<String, Integer> entry : categories.entrySet()) {
      if (entry.getValue() > most) {
        most = entry.getValue();
        winner = entry.getKey();
      }
    }
    Optional<Matched> best = Optional.empty();
    for (Matched match : matched) {
      if (match.rule.category().equals(Optional.of(winner))
          && (best.isEmpty() || match.score() > best.get().score())) {
        best = Optional.of(match);
      }
    }
    return best;
  }

  /** What no rule has to say: who writes, when, and in what a hurry. */
  private void addBusinessContext(Mail mail, Decision decision) {
    Vips vips = parts.vips();
    vips.evidence(mail.message().sender())
        .ifPresent(
            evidence -> {
              decision.raise(vips.raise());
              decision.tags.addAll(vips.tags());
              decision.evidence.add(evidence);
            });
    for (Urgency urgency : urgencies) {
      List<Evidence> evidence = new ArrayList<>();
      if (urgency.words.test(mail, "priority-words", evidence)) {
        decision.raise(urgency.raise);
        decision.evidence.addAll(evidence);
      }
    }
    Instant date = mail.message().date();
    for (RuleSet.Outside outside : parts.outside()) {
      if (!date.equals(Instant.EPOCH) && !outside.hours().isOpen(date)) {
        decision.raise(outside.raise());
        decision.tags.addAll(outside.tags());
        decision.evidence.add(
            new Evidence(
                "office-hours",
                "date",
                outside.hours().toString(),
                date.atZone(outside.hours().zone()).toOffsetDateTime().toString()));
      }
    }
    if (decision.raise.compareTo(decision.priority) > 0) {
      decision.priority = decision.raise;
    }
  }
}
