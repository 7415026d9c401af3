package io.github.nylaswebhook.categorize;

import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import io.github.nylaswebhook.message.MessageText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Categorizes by keywords: the first rule, in their order, of which a keyword occurs in subject or
 * body decides. Mail from important customers' domains is urgent whatever it says. Immutable and
 * safe for use by many threads.
 *
 * @see <a href="https://developer.nylas.com/docs/cookbook/">the cookbook page whose rules these
 *     are</a>
 */
public final class RuleSet implements Categorizer {
  /** The category of what no rule matches. */
  public static final String GENERAL = "general";

  /** The domains that the tutorial takes for important customers'. */
  public static final List<String> TUTORIAL_VIP_DOMAINS =
      List.of("bigcorp.com", "enterprise-client.io");

  private static final List<Rule> TUTORIAL_RULES =
      List.of(
          rule("incidents", Priority.HIGH, "urgent", "down", "outage", "critical", "broken"),
          rule("bugs", Priority.MEDIUM, "bug", "error", "crash", "not working", "issue"),
          rule("billing", Priority.MEDIUM, "billing", "invoice", "charge", "refund", "payment"),
          rule(
              "feature_requests",
              Priority.LOW,
              "feature",
              "request",
              "suggestion",
              "would be nice"),
          rule("churn_risk", Priority.HIGH, "cancel", "unsubscribe", "close account"));

  private final List<Rule> rules;
  private final Set<String> vipDomains;
  private final boolean literal;
  private final WordMatcher<Keyword> words = new WordMatcher<>();

  private record Keyword(int rule, String keyword) {}

  private RuleSet(List<Rule> rules, Collection<String> vipDomains, boolean literal) {
    this.rules = List.copyOf(rules);
    this.vipDomains = new LinkedHashSet<>();
    this.literal = literal;
    for (String domain : vipDomains) {
      this.vipDomains.add(literal ? domain : domain.trim().toLowerCase(Locale.ROOT));
    }
    for (int i = 0; i < this.rules.size(); i++) {
      for (String keyword : this.rules.get(i).keywords()) {
        words.add(keyword, new Keyword(i, keyword));
      }
    }
  }

  /**
   * The tutorial's five categories and their keywords, matched as whole words and phrases with
   * their plain inflections in what a person wrote: {@code invoices} is {@code invoice}, {@code
   * download} isn't {@code down}. No domain is important until you name it.
   */
  public static RuleSet standard() {
    return new RuleSet(TUTORIAL_RULES, List.of(), false);
  }

  /**
   * The tutorial's rules to the letter: keywords anywhere in the lower-cased subject and the raw
   * body, markup, quotes and parts of words included, and its two domains compared as they are
   * written.
   */
  public static RuleSet tutorial() {
    return new RuleSet(TUTORIAL_RULES, TUTORIAL_VIP_DOMAINS, true);
  }

  /** Your own rules, in this order; what none of them matches is {@code general} and low. */
  public static RuleSet of(List<Rule> rules) {
    return new RuleSet(rules, List.of(), false);
  }

  /** The same rules, and mail from these domains (in any case) is high. */
  public RuleSet withVipDomains(Collection<String> domains) {
    return new RuleSet(rules, domains, literal);
  }

  @Override
  public Classification categorize(Message message, MessageContext context) {
    List<Match> matches = literal ? substrings(message) : words(context.text());
    String category = GENERAL;
    Priority priority = Priority.LOW;
    List<Evidence> evidence = new ArrayList<>();
    OptionalInt first = matches.stream().mapToInt(match -> match.keyword.rule).min();
    if (first.isPresent()) {
      Rule rule = rules.get(first.getAsInt());
      category = rule.category();
      priority = rule.priority();
      matches.stream()
          .filter(match -> match.keyword.rule == first.getAsInt())
          .map(match -> match.evidence(rule))
          .distinct()
          .forEach(evidence::add);
    }
    Optional<String> vip = vipDomain(message.sender());
    if (vip.isPresent()) {
      priority = Priority.HIGH;
      evidence.add(new Evidence("vip-domain", "from", vip.get(), message.sender().email()));
    }
    return new Classification(category, priority, Set.of(), evidence);
  }

  private record Match(Keyword keyword, String field, String found) {
    Evidence evidence(Rule rule) {
      return new Evidence(rule.category(), field, keyword.keyword, found);
    }
  }

  private List<Match> words(MessageText text) {
    List<Match> matches = new ArrayList<>();
    words.find(
        text.subject(), (keyword, found) -> matches.add(new Match(keyword, "subject", found)));
    words.find(text.body(), (keyword, found) -> matches.add(new Match(keyword, "body", found)));
    return matches;
  }

  private List<Match> substrings(Message message) {
    String text =
        message.subject().toLowerCase(Locale.ROOT) + " " + message.body().toLowerCase(Locale.ROOT);
    List<Match> matches = new ArrayList<>();
    for (int i = 0; i < rules.size(); i++) {
      for (String keyword : rules.get(i).keywords()) {
        if (text.contains(keyword)) {
          matches.add(new Match(new Keyword(i, keyword), "text", keyword));
        }
      }
    }
    return matches;
  }

  private Optional<String> vipDomain(EmailAddress sender) {
    String domain = sender.domain();
    if (literal) {
      // As the tutorial's split("@")[1] has it.
      String[] parts = sender.email().split("@", -1);
      domain = parts.length > 1 ? parts[1] : "";
    }
    return vipDomains.contains(domain) ? Optional.of(domain) : Optional.empty();
  }

  private static Rule rule(String category, Priority priority, String... keywords) {
    return new Rule(category, priority, Arrays.asList(keywords));
  }
}
