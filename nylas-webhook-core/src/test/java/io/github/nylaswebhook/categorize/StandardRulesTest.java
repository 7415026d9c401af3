package io.github.nylaswebhook.categorize;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the standard rules are worth, beside the tutorial's. */
class StandardRulesTest {
  private record Ticket(String category, String subject, String body) {}

  /** How well a category is told from the others. */
  private static final class Counts {
    private int right;
    private int wrong;
    private int missed;

    double f1() {
      return right == 0 ? 0 : 2.0 * right / (2.0 * right + wrong + missed);
    }
  }

  private record Result(int right, Map<String, Counts> categories, List<String> mistakes) {}

  private static List<Ticket> tickets() throws IOException {
    List<Ticket> tickets = new ArrayList<>();
    try (InputStream file = StandardRulesTest.class.getResourceAsStream("labelled-tickets.txt")) {
      for (String line : new String(file.readAllBytes(), UTF_8).lines().toList()) {
        if (!line.startsWith("#")) {
          String[] parts = line.split(" \\| ", 3);
          tickets.add(new Ticket(parts[0], parts[1], parts[2].replace("\\n", "\n")));
        }
      }
    }
    return tickets;
  }

  private static Classification of(RuleSet rules, String subject, String body) {
    Message mail =
        Message.builder("g", "m").from("c@x.example").subject(subject).body(body).build();
    return rules.categorize(mail, MessageContext.of(mail));
  }

  private static Result judge(RuleSet rules, List<Ticket> tickets) {
    Map<String, Counts> categories = new TreeMap<>();
    List<String> mistakes = new ArrayList<>();
    int right = 0;
    for (Ticket ticket : tickets) {
      String category = of(rules, ticket.subject, ticket.body).category();
      Counts expected = categories.computeIfAbsent(ticket.category, c -> new Counts());
      if (category.equals(ticket.category)) {
        right++;
        expected.right++;
      } else {
        expected.missed++;
        categories.computeIfAbsent(category, c -> new Counts()).wrong++;
        mistakes.add(category + " for " + ticket);
      }
    }
    return new Result(right, categories, mistakes);
  }

  @Test
  void theyBeatTheTutorialsInAllCategories() throws IOException {
    List<Ticket> tickets = tickets();
    assertThat(tickets).hasSizeGreaterThanOrEqualTo(150);
    Result tutorial = judge(RuleSet.tutorial(), tickets);
    Result standard = judge(RuleSet.standard(), tickets);
    System.out.printf(
        Locale.ROOT,
        "accuracy: tutorial %.3f, standard %.3f of %d%n",
        (double) tutorial.right / tickets.size(),
        (double) standard.right / tickets.size(),
        tickets.size());
    standard.categories.forEach(
        (category, counts) ->
            System.out.printf(
                Locale.ROOT,
                "F1 of %s: tutorial %.3f, standard %.3f%n",
                category,
                tutorial.categories.get(category).f1(),
                counts.f1()));
    assertThat((double) standard.right / tickets.size())
        .as(String.join("\n", standard.mistakes))
        .isGreaterThan(0.9);
    standard.categories.forEach(
        (category, counts) ->
            assertThat(counts.f1())
                .as(category)
                .isGreaterThan(0.9)
                .isGreaterThan(tutorial.categories.get(category).f1() + 0.1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Slow down, please                 |                      | general
          Please scroll down                | The site is down     | incidents
          Urgent                            | The invoice is wrong | billing
          Urgent                            |                      | incidents
          Payment issue                     |                      | billing
          Issue                             |                      | bugs
          Bug in a feature                  |                      | bugs
          Invoice                           | bug                  | billing
          Bug                               | invoice              | bugs
          """)
  void theSubjectWeighsMoreAndWeakWordsCountLast(String subject, String body, String category) {
    String text = body == null ? "" : body;
    assertThat(of(RuleSet.standard(), subject, text).category()).isEqualTo(category);
  }

  @Test
  void wordsOfUrgencyRaiseThePriority() {
    Classification urgent = of(RuleSet.standard(), "Invoice", "We need it ASAP");
    assertThat(urgent.category()).isEqualTo("billing");
    assertThat(urgent.priority()).isEqualTo(Priority.HIGH);
    assertThat(urgent.evidence()).contains(new Evidence("priority-words", "body", "asap", "asap"));
    assertThat(of(RuleSet.standard(), "Invoice", "No hurry").priority()).isEqualTo(Priority.MEDIUM);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Not urgent               | When are you open?                  | general | LOW
          Question                 | It isn't urgent at all.             | general | LOW
          Frage                    | Es ist nicht dringend.              | general | LOW
          Not urgent: my invoice   |                                     | billing | MEDIUM
          Not urgent any more      | URGENT: call me                     | incidents | HIGH
          All our sites down       |                                     | incidents | HIGH
          Landing page down        |                                     | incidents | HIGH
          Website unavailable      |                                     | incidents | HIGH
          503 errors               |                                     | incidents | HIGH
          I cant log in            | It doesnt work                      | bugs | MEDIUM
          API返回error              |                                     | bugs | MEDIUM
          请求                      | 请把invoice发给我                     | billing | MEDIUM
          RSS feed                 | Where is the feed of your blog?     | general | LOW
          Trip                     | We went down to Munich              | general | LOW
          The server went down     |                                     | incidents | HIGH
          Call                     | I'm down for a call on Tuesday      | general | LOW
          Reunión                  | Tengo que cancelar la reunión       | general | LOW
          Cancelar                 | Quiero cancelar mi suscripción      | churn_risk | HIGH
          Cancel invoice           | Please cancel invoice 4711          | billing | MEDIUM
          Delete account           |                                     | churn_risk | HIGH
          Webinar                  | I'd love to join the webinar        | general | LOW
          Dark mode                | I'd love a dark mode                | feature_requests | LOW
          New colleague            | Please add me to our account        | general | LOW
          """)
  void ordinaryMailIsTakenForWhatItIs(
      String subject, String body, String category, Priority priority) {
    Classification found = of(RuleSet.standard(), subject, body == null ? "" : body);
    assertThat(found.category()).isEqualTo(category);
    assertThat(found.priority()).isEqualTo(priority);
  }

  @Test
  void aUsersOwnRulesComeFirst() throws IOException {
    RuleSet rules =
        RuleFile.parse(
            """
            {"extends": "standard",
             "rules": [{"category": "orders", "any": [{"words": ["invoice"]}]}]}
            """,
            RuleFile.Format.JSON);
    assertThat(of(rules, "invoice", "").category()).isEqualTo("orders");
    assertThat(of(rules, "outage", "").category()).isEqualTo("incidents");
  }
}
