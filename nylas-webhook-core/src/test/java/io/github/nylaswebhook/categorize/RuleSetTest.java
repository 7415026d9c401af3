package io.github.nylaswebhook.categorize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleSetTest {
  private static Classification of(RuleSet rules, Message message) {
    return rules.categorize(message, MessageContext.of(message));
  }

  private static Message mail(String subject, String body) {
    return Message.builder("g", "m").from("c@x.example").subject(subject).body(body).build();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          the site is down            | incidents
          the site is DOWN!           | incidents
          we have two outages         | incidents
          download                    | general
          breakdown of costs          | general
          a broken link               | incidents
          urgently                    | general
          two bugs                    | bugs
          debugging                   | general
          it crashes                  | bugs
          it crashed                  | bugs
          it keeps crashing           | bugs
          errors                      | bugs
          terror                      | general
          it is not working           | bugs
          it is not really working    | general
          my issues                   | bugs
          a tissue                    | general
          two invoices                | billing
          I was invoiced twice        | billing
          invoicing                   | billing
          I was charged twice         | billing
          discharge                   | general
          refunded                    | billing
          payments                    | billing
          features                    | feature_requests
          I requested it              | feature_requests
          it would be nice            | feature_requests
          it would  be,\tnice         | feature_requests
          cancelled                   | churn_risk
          canceled                    | churn_risk
          cancelling                  | churn_risk
          unsubscribed                | churn_risk
          close account               | churn_risk
          close my account            | churn_risk
          closed accounts             | churn_risk
          ｕｒｇｅｎｔ                  | incidents
          hello there                 | general
          """)
  void wordsAndPhrasesMatchWithTheirInflections(String text, String category) {
    assertThat(of(RuleSet.standard(), mail("", text)).category()).isEqualTo(category);
    assertThat(of(RuleSet.standard(), mail(text, "")).category()).isEqualTo(category);
  }

  @ParameterizedTest
  @CsvSource({
    "outage,incidents,HIGH",
    "bug,bugs,MEDIUM",
    "invoice,billing,MEDIUM",
    "suggestion,feature_requests,LOW",
    "cancel,churn_risk,HIGH",
    "hello,general,LOW"
  })
  void aCategoryHasThePriorityOfTheTutorial(String word, String category, Priority priority) {
    for (RuleSet rules : List.of(RuleSet.standard(), RuleSet.tutorial())) {
      Classification classification = of(rules, mail(word, ""));
      assertThat(classification.category()).isEqualTo(category);
      assertThat(classification.priority()).isEqualTo(priority);
    }
  }

  @Test
  void theFirstRuleOfYourOwnDecidesWhereverItsWordStands() {
    RuleSet rules =
        RuleSet.of(
            List.of(
                Rule.of("incidents", Priority.HIGH, "urgent"),
                Rule.of("churn_risk", Priority.HIGH, "cancel")));
    Classification classification = of(rules, mail("Cancel my invoice", "urgent"));
    assertThat(classification.category()).isEqualTo("incidents");
    assertThat(classification.evidence())
        .containsExactly(new Evidence("incidents", "body", "urgent", "urgent"));
  }

  @Test
  void theEvidenceIsEveryWordThatWasSeen() {
    assertThat(of(RuleSet.standard(), mail("Two invoices", "I was charged; charged!")).evidence())
        .containsExactly(
            new Evidence("billing", "subject", "invoice", "invoices"),
            new Evidence("billing", "body", "charge", "charged"));
    assertThat(of(RuleSet.standard(), mail("Hello", "")).evidence()).isEmpty();
  }

  @Test
  void whatAPersonQuotesDecidesNothing() {
    assertThat(
            of(RuleSet.standard(), mail("Re: Hello", "Thanks!\n> the site is down\n> urgent"))
                .category())
        .isEqualTo("general");
    assertThat(of(RuleSet.standard(), mail("Hi", "<p class=\"urgent down\">Thanks</p>")).category())
        .isEqualTo("general");
    assertThat(of(RuleSet.tutorial(), mail("Hi", "<p class=\"urgent down\">Thanks</p>")).category())
        .isEqualTo("incidents");
  }

  @Test
  void mailFromAnImportantDomainIsHighWhateverItSays() {
    RuleSet rules = RuleSet.standard().withVipDomains(List.of(" BigCorp.COM "));
    Message message = Message.builder("g", "m").from("Ann@bigcorp.com").subject("Hello").build();
    Classification classification = of(rules, message);
    assertThat(classification.category()).isEqualTo("general");
    assertThat(classification.priority()).isEqualTo(Priority.HIGH);
    assertThat(classification.evidence())
        .containsExactly(new Evidence("vip-domain", "from", "bigcorp.com", "Ann@bigcorp.com"));
    for (String other :
        List.of("a@sub.bigcorp.com", "a@notbigcorp.com", "bigcorp.com@x.example", "", "a")) {
      assertThat(of(rules, Message.builder("g", "m").from(other).build()).priority())
          .isEqualTo(Priority.LOW);
    }
    assertThat(of(rules, Message.builder("g", "m").from("a@BIGCORP.com").build()).priority())
        .isEqualTo(Priority.HIGH);
    assertThat(of(RuleSet.standard(), message).priority()).isEqualTo(Priority.LOW);
  }

  @Test
  void yourOwnRulesComeInYourOrder() {
    RuleSet rules =
        RuleSet.of(
            List.of(
                Rule.of("refunds", Priority.HIGH, List.of("money back", "ähnlich")),
                Rule.of("money", Priority.LOW, List.of("money"))));
    assertThat(of(rules, mail("I want my money back", "")).category()).isEqualTo("refunds");
    assertThat(of(rules, mail("money", "")).category()).isEqualTo("money");
    assertThat(of(rules, mail("ÄHNLICH", "")).category()).isEqualTo("refunds");
    assertThat(of(rules, mail("urgent", "")).category()).isEqualTo("general");
  }

  @Test
  void aRuleThatCanNeverMatchIsRefused() {
    assertThatThrownBy(() -> Rule.of("a", Priority.LOW, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Rule.of(" ", Priority.LOW, List.of("x")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Rule.of("a", Priority.LOW, List.of("x", "!?")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aMegabyteAndTenThousandKeywordsAreMatchedInTime() {
    List<Rule> many = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      many.add(Rule.of("c" + i, Priority.LOW, "keyword" + i, "a phrase of words " + i));
    }
    RuleSet rules = RuleSet.of(many);
    String text = "a phrase of words and keyword9999 ".repeat((1 << 20) / 34);
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> assertThat(of(rules, mail("", text)).category()).isEqualTo("c9999"));
  }

  @Test
  void aLongPhraseCostsNoMoreThanItsWords() {
    String phrase =
        "cancel request issue charge refund crash payment invoice error outage bug feature";
    RuleSet rules = RuleSet.of(List.of(Rule.of("long", Priority.HIGH, phrase)));
    Message mail =
        Message.builder("g", "m").subject("x " + phrase.replace(" ", "s ") + "s y").build();
    assertThat(rules.categorize(mail, MessageContext.of(mail)).category()).isEqualTo("long");
  }
}
