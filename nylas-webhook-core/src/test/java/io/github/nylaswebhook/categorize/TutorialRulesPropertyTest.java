package io.github.nylaswebhook.categorize;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The tutorial's processMessage, line by line, is what the tutorial rule set has to agree with. */
class TutorialRulesPropertyTest {
  private record JsRule(List<String> keywords, String category, String priority) {}

  private static final List<JsRule> CATEGORY_RULES =
      List.of(
          new JsRule(
              List.of("urgent", "down", "outage", "critical", "broken"), "incidents", "high"),
          new JsRule(List.of("bug", "error", "crash", "not working", "issue"), "bugs", "medium"),
          new JsRule(
              List.of("billing", "invoice", "charge", "refund", "payment"), "billing", "medium"),
          new JsRule(
              List.of("feature", "request", "suggestion", "would be nice"),
              "feature_requests",
              "low"),
          new JsRule(List.of("cancel", "unsubscribe", "close account"), "churn_risk", "high"));

  private static final List<String> HIGH_PRIORITY_DOMAINS =
      List.of("bigcorp.com", "enterprise-client.io");

  private static String[] processMessage(String subject, String body, String senderEmail) {
    String searchText = subject.toLowerCase(Locale.ROOT) + " " + body.toLowerCase(Locale.ROOT);
    String category = "general";
    String priority = "low";
    for (JsRule rule : CATEGORY_RULES) {
      boolean matched = rule.keywords.stream().anyMatch(searchText::contains);
      if (matched) {
        category = rule.category;
        priority = rule.priority;
        break;
      }
    }
    int at = senderEmail.indexOf('@');
    String senderDomain = null;
    if (at >= 0) {
      int next = senderEmail.indexOf('@', at + 1);
      senderDomain = senderEmail.substring(at + 1, next < 0 ? senderEmail.length() : next);
    }
    String domain = senderDomain;
    if (HIGH_PRIORITY_DOMAINS.stream().anyMatch(d -> Objects.equals(d, domain))) {
      priority = "high";
    }
    return new String[] {category, priority};
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> pieces =
        Arbitraries.oneOf(
            Arbitraries.of(
                CATEGORY_RULES.stream().flatMap(rule -> rule.keywords.stream()).toList()),
            Arbitraries.of(
                "Down",
                "load",
                "URGENT",
                "not ",
                "working",
                "close",
                " account",
                "would be",
                "nice",
                "<p>",
                "</p>",
                "> ",
                "On x wrote:\n",
                "-- \n",
                "is",
                "sue",
                "İssue",
                "CHARGE",
                "re"),
            Arbitraries.strings().ofMaxLength(6));
    return Arbitraries.oneOf(
        Arbitraries.strings().ofMaxLength(30),
        pieces.list().ofMaxSize(3).map(list -> String.join("", list)),
        pieces.list().ofMaxSize(3).map(list -> String.join(" ", list)));
  }

  @Provide
  Arbitrary<String> senders() {
    return Arbitraries.oneOf(
        Arbitraries.of(
            "",
            "a@bigcorp.com",
            "a@BigCorp.com",
            "a@enterprise-client.io",
            "a@bigcorp.com@x.example",
            "a@x.example@bigcorp.com",
            "a@sub.bigcorp.com",
            "@bigcorp.com",
            "bigcorp.com",
            "a@ bigcorp.com",
            "a@bigcorp.com ",
            "@",
            "@@"),
        Arbitraries.strings().ofMaxLength(20));
  }

  @Property(tries = 3000, edgeCases = net.jqwik.api.EdgeCasesMode.MIXIN)
  void theTutorialRuleSetAgreesToTheLetter(
      @ForAll @From("texts") String subject,
      @ForAll @From("texts") String body,
      @ForAll @From("senders") String sender) {
    Message message = Message.builder("g", "m").subject(subject).body(body).from(sender).build();
    Classification classification =
        RuleSet.tutorial().categorize(message, MessageContext.of(message));
    String[] expected = processMessage(subject, body, sender);
    assertThat(classification.category()).isEqualTo(expected[0]);
    assertThat(classification.priority().label()).isEqualTo(expected[1]);
  }
}
