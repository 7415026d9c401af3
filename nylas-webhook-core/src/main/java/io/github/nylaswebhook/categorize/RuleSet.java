package io.github.nylaswebhook.categorize;

import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Categorizes by rules. Immutable and safe for use by many threads. The time that keywords take
 * doesn't grow with their number, and no rule can hang.
 *
 * @see RuleFile
 */
public final class RuleSet implements Categorizer {
  /** The category of what no rule matches, unless another is chosen. */
  public static final String GENERAL = "general";

  /** With {@link Strategy#SCORE}, how many times evidence in the subject counts. */
  public static final int SUBJECT_WEIGHT = 3;

  /** The domains that the tutorial takes for important customers'. */
  public static final List<String> TUTORIAL_VIP_DOMAINS =
      List.of("bigcorp.com", "enterprise-client.io");

  private static final List<Rule> TUTORIAL_RULES =
      List.of(
          tutorialRule(
              "incidents", Priority.HIGH, "urgent", "down", "outage", "critical", "broken"),
          tutorialRule("bugs", Priority.MEDIUM, "bug", "error", "crash", "not working", "issue"),
          tutorialRule(
              "billing", Priority.MEDIUM, "billing", "invoice", "charge", "refund", "payment"),
          tutorialRule(
              "feature_requests",
              Priority.LOW,
              "feature",
              "request",
              "suggestion",
              "would be nice"),
          tutorialRule("churn_risk", Priority.HIGH, "cancel", "unsubscribe", "close account"));

  /** What a rule set is made of. */
  record Parts(
      Strategy strategy,
      List<Rule> rules,
      Vips vips,
      Map<Priority, List<String>> priorityWords,
      List<String> priorityWordsExcept,
      List<Outside> outside,
      String defaultCategory,
      Priority defaultPriority) {
    Parts {
      rules = List.copyOf(rules);
      priorityWordsExcept = List.copyOf(priorityWordsExcept);
      outside = List.copyOf(outside);
    }
  }

  /** What becomes of mail that comes outside these hours. */
  record Outside(OfficeHours hours, Priority raise, Set<String> tags) {
    Outside {
      tags = Set.copyOf(tags);
    }
  }

  /** Made when it is first asked for. */
  private static final class Standard {
    static final RuleSet RULES = RuleFile.standard();
  }

  private final Parts parts;
  private final RuleEngine engine;

  private RuleSet(Parts parts) {
    this.parts = parts;
    engine = new RuleEngine(parts);
  }

  /**
   * The tutorial's five categories with their priorities, {@value #GENERAL} and low for everything
   * else; a vocabulary for each, in English and a few words of other languages, the most evidence
   * deciding; words of urgency raise the priority. Its rules are a file in this package, {@code
   * standard-rules.json}. No domain is important until you name it.
   */
  public static RuleSet standard() {
    return Standard.RULES;
  }

  /**
   * The tutorial's rules to the letter: keywords anywhere in the lower-cased subject and the raw
   * body, markup, quotes and parts of words included, the first rule deciding, and its two domains
   * compared as they are written.
   */
  public static RuleSet tutorial() {
    Builder builder = builder().rules(TUTORIAL_RULES);
    builder.vips = new Vips(Set.of(), new LinkedHashSet<>(TUTORIAL_VIP_DOMAINS), true);
    return builder.build();
  }

  /** Your own rules, the first that matches deciding; what none matches is general and low. */
  public static RuleSet of(List<Rule> rules) {
    return builder().rules(rules).build();
  }

  /** Nothing yet; {@link Strategy#FIRST}. */
  public static Builder builder() {
    return new Builder();
  }

  /** These rules, to be changed or added to. */
  public Builder toBuilder() {
    return new Builder().extend(this);
  }

  /**
   * The same rules, and mail from these domains, in place of those named before, is high; see
   * {@link Builder#vipDomains}.
   */
  public RuleSet withVipDomains(Collection<String> domains) {
    Builder builder = toBuilder();
    builder.vips = parts.vips.withDomains(domains);
    return builder.build();
  }

  /** All rules, in their order. */
  public List<Rule> rules() {
    return parts.rules;
  }

  /** Which of the rules that match decides. */
  public Strategy strategy() {
    return parts.strategy;
  }

  @Override
  public Classification categorize(Message message, MessageContext context) {
    return engine.categorize(message, context);
  }

  private static Rule tutorialRule(String category, Priority priority, String... keywords) {
    return Rule.builder(category)
        .any(Condition.substring(keywords))
        .category(category)
        .priority(priority)
        .build();
  }

  /** Makes rule sets. Not for use by several threads. */
  public static final class Builder {
    private final List<Rule> inherited = new ArrayList<>();
    private final List<Rule> rules = new ArrayList<>();
    private final Map<Priority, Set<String>> priorityWords = new EnumMap<>(Priority.class);
    private final Set<String> priorityWordsExcept = new LinkedHashSet<>();
    private final List<Outside> outside = new ArrayList<>();
    private @Nullable Strategy strategy;
    private Vips vips = new Vips(Set.of(), Set.of(), false);
    private String defaultCategory = GENERAL;
    private Priority defaultPriority = Priority.LOW;

    private Builder() {}

    /**
     * Everything of these rules. The builder's own rules come before them, or after them with
     * {@link Strategy#ORDER}, where the last one decides. With {@link Strategy#SCORE} that decides
     * between equals only; a rule that is to have its way there {@linkplain Rule.Builder#stop()
     * stops}.
     */
    public Builder extend(RuleSet base) {
      inherited.addAll(base.parts.rules);
      base.parts.priorityWords.forEach(this::priorityWords);
      priorityWordsExcept(base.parts.priorityWordsExcept);
      outside.addAll(base.parts.outside);
      vips = base.parts.vips.and(vips);
      strategy = strategy == null ? base.parts.strategy : strategy;
      defaultCategory = base.parts.defaultCategory;
      defaultPriority = base.parts.defaultPriority;
      return this;
    }

    /** Default: that of what is {@linkplain #extend extended}, else {@link Strategy#FIRST}. */
    public Builder strategy(Strategy value) {
      strategy = value;
      return this;
    }

    /** One more rule, after those before. */
    public Builder rule(Rule rule) {
      rules.add(rule);
      return this;
    }

    /** More rules, after those before. */
    public Builder rules(Collection<Rule> more) {
      rules.addAll(more);
      return this;
    }

    /** More addresses, in any case, whose mail is important. Anybody can write a sender's name. */
    public Builder vipSenders(Collection<String> addresses) {
      vips = vips.and(new Vips(Vips.lower(addresses), Set.of(), false));
      return this;
    }

    /**
     * More domains, in any case, mail from which is important: {@code bigcorp.com} without its
     * subdomains, {@code *.bigcorp.com} with them.
     */
    public Builder vipDomains(Collection<String> domains) {
      vips = vips.and(new Vips(Set.of(), Vips.lower(domains), false));
      return this;
    }

    /** What becomes of important mail; default: its priority is raised to high, without tags. */
    public Builder vipEffect(Priority raise, Collection<String> tags) {
      vips = vips.withEffect(raise, tags);
      return this;
    }

    /**
     * More words or phrases that raise the priority of a mail, wherever they stand in it.
     *
     * @see Condition#words(String...)
     */
    public Builder priorityWords(Priority raise, Collection<String> words) {
      words.forEach(KeywordMatcher::check);
      priorityWords.computeIfAbsent(raise, p -> new LinkedHashSet<>()).addAll(words);
      return this;
    }

    /** More phrases within which such words don't count, for example {@code not urgent}. */
    public Builder priorityWordsExcept(Collection<String> phrases) {
      phrases.forEach(KeywordMatcher::check);
      priorityWordsExcept.addAll(phrases);
      return this;
    }

    /**
     * What becomes of mail that was received outside office hours; mail without a date wasn't.
     *
     * @param raise the least priority then
     */
    public Builder outside(OfficeHours hours, Priority raise, Collection<String> tags) {
      outside.add(new Outside(hours, raise, Set.copyOf(tags)));
      return this;
    }

    /** What becomes of mail that no rule gives a category; default {@value #GENERAL}, low. */
    public Builder otherwise(String category, Priority priority) {
      if (category.isBlank()) {
        throw new IllegalArgumentException("the default category is blank");
      }
      defaultCategory = category;
      defaultPriority = priority;
      return this;
    }

    public RuleSet build() {
      Strategy chosen = strategy == null ? Strategy.FIRST : strategy;
      List<Rule> all = new ArrayList<>(chosen == Strategy.ORDER ? inherited : rules);
      all.addAll(chosen == Strategy.ORDER ? rules : inherited);
      Map<Priority, List<String>> words = new EnumMap<>(Priority.class);
      priorityWords.forEach((priority, set) -> words.put(priority, List.copyOf(set)));
      return new RuleSet(
          new Parts(
              chosen,
              all,
              vips,
              words,
              List.copyOf(priorityWordsExcept),
              outside,
              defaultCategory,
              defaultPriority));
    }
  }
}
