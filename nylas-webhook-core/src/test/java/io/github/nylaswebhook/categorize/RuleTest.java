package io.github.nylaswebhook.categorize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.nylaswebhook.message.Attachment;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Header;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RuleTest {
  private static Message.Builder mail() {
    return Message.builder("g", "m")
        .from("Ann@Mail.Big.example")
        .to(List.of(new EmailAddress("", "Desk@acme.example")))
        .cc(List.of(new EmailAddress("", "boss@acme.example")))
        .bcc(List.of(new EmailAddress("", "archive@acme.example")))
        .subject("Invoice 17")
        .body("Please find it attached. Slow down.")
        .headers(List.of(new Header("X-Queue", " Gold "), new Header("In-Reply-To", "<1@x>")))
        .attachments(
            List.of(
                new Attachment("1", "a.pdf", "Application/PDF; name=a.pdf", 1, false),
                new Attachment("2", "logo.png", "image/png", 1, true)));
  }

  private static Classification of(RuleSet rules, Message message) {
    return rules.categorize(message, MessageContext.of(message));
  }

  private static boolean meets(Condition condition, Message message) {
    Rule rule = Rule.builder("r").all(condition).category("met").build();
    Classification classification = of(RuleSet.of(List.of(rule)), message);
    assertThat(classification.evidence().isEmpty())
        .isNotEqualTo(classification.category().equals("met"));
    return classification.category().equals("met");
  }

  @Test
  void keywordsAreNotLookedForInAddresses() {
    Message mail =
        Message.builder("g", "m")
            .subject("See https://shop.example/cancel")
            .body(
                "Write to refund@shop.example or click <a href=\"https://x.example/bug\">here</a>")
            .build();
    assertThat(meets(Condition.words("cancel", "refund", "bug"), mail)).isFalse();
    assertThat(meets(Condition.words("here"), mail)).isTrue();
    assertThat(meets(Condition.regex("shop\\.example/cancel"), mail)).isTrue();
  }

  @Test
  void headersAreComparedDecodedAndOnOneLine() {
    Message mail =
        Message.builder("g", "m")
            .headers(List.of(new Header("X-Queue", "=?utf-8?Q?Gr=C3=BCn?=\r\n\tund blau")))
            .build();
    assertThat(meets(Condition.headerEquals("x-queue", "grün und blau"), mail)).isTrue();
  }

  @Test
  void conditionsAreMetByWhatTheyName() {
    Message mail = mail().build();
    List<Condition> met =
        List.of(
            Condition.words("invoices", "invoice"),
            Condition.phrases("invoice 17").in(TextPart.SUBJECT),
            Condition.regex("^INVOICE \\d+$"),
            Condition.regex("attached").in(TextPart.BODY),
            Condition.substring("voic"),
            Condition.from("ann@mail.big.example"),
            Condition.fromDomain("Big.example"),
            Condition.fromDomain("mail.big.example"),
            Condition.to("desk@ACME.example"),
            Condition.cc("boss@acme.example"),
            Condition.recipient("boss@acme.example"),
            Condition.recipient("archive@acme.example"),
            Condition.headerContains("x-queue", "OLD"),
            Condition.headerEquals("X-QUEUE", "gold"),
            Condition.headerMatches("X-Queue", "g.ld"),
            Condition.headerPresent("X-Queue"),
            Condition.headerAbsent("X-Other"),
            Condition.attachmentType("application/pdf"),
            Condition.attachmentType("application/*"),
            Condition.attachmentType("*/*"),
            Condition.followUp());
    assertThat(met).allSatisfy(condition -> assertThat(meets(condition, mail)).isTrue());
    List<Condition> unmet =
        List.of(
            Condition.words("invoice").in(TextPart.BODY),
            Condition.phrases("attach"),
            Condition.regex("attached").in(TextPart.SUBJECT),
            Condition.words("down").except("slow down"),
            Condition.words("down").except("please slow down", "slow down please", "slowed down"),
            Condition.from("ann@big.example"),
            Condition.fromDomain("ig.example"),
            Condition.fromDomain("x.mail.big.example"),
            Condition.to("boss@acme.example"),
            Condition.cc("desk@acme.example"),
            Condition.recipient("ann@mail.big.example"),
            Condition.headerContains("X-Queue", "silver"),
            Condition.headerEquals("X-Queue", "gol"),
            Condition.headerMatches("X-Queue", "^old$"),
            Condition.headerPresent("X-Other"),
            Condition.headerAbsent("x-queue"),
            Condition.attachmentType("image/*"),
            Condition.attachmentType("application/pd"),
            Condition.notFollowUp());
    assertThat(unmet.stream().filter(condition -> meets(condition, mail)))
        .containsExactly(
            Condition.words("down").except("please slow down", "slow down please", "slowed down"));
    Message headless = Message.builder("g", "m").build();
    assertThat(meets(Condition.headerAbsent("X-Other"), headless)).isFalse();
    assertThat(meets(Condition.notFollowUp(), headless)).isTrue();
  }

  @Test
  void aWordCountsWhereItStandsOutsideOfItsExceptionsToo() {
    Condition down = Condition.words("down").except("slow down", "scroll down");
    assertThat(meets(down, mail().body("Slow down, the site is down").build())).isTrue();
    assertThat(meets(down, mail().body("Down. Slow down").build())).isTrue();
    assertThat(meets(down, mail().body("slow down, scroll down").build())).isFalse();
  }

  private static final Rule BILLING =
      Rule.builder("billing")
          .any(Condition.words("invoice", "refund"))
          .category("billing")
          .priority(Priority.MEDIUM)
          .tags("money")
          .route("b")
          .build();
  private static final Rule BUGS =
      Rule.builder("bugs")
          .any(Condition.words("error", "crash"))
          .category("bugs")
          .priority(Priority.LOW)
          .raise(Priority.LOW)
          .tags("code")
          .build();
  private static final Rule RAISE =
      Rule.builder("raise")
          .all(Condition.words("soon"))
          .none(Condition.words("later"))
          .raise(Priority.HIGH)
          .tags("hurry")
          .build();

  @ParameterizedTest
  @CsvSource({
    "FIRST, invoice, error soon, billing, HIGH, hurry money",
    "FIRST, soon invoice, error, billing, HIGH, hurry money",
    "FIRST, soon later invoice, error, billing, MEDIUM, money",
    "ORDER, invoice, error soon, bugs, HIGH, hurry money code",
    "SCORE, invoice, error crash soon, billing, HIGH, hurry money code",
    "SCORE, x, invoice error crash, bugs, LOW, money code",
    "SCORE, x, invoice error, billing, MEDIUM, money code",
    "SCORE, x, invoice invoices error crash, bugs, LOW, money code",
    "SCORE, x, soon, general, HIGH, hurry"
  })
  void theStrategyDecides(
      Strategy strategy,
      String subject,
      String body,
      String category,
      Priority priority,
      String tags) {
    RuleSet rules =
        RuleSet.builder().strategy(strategy).rule(RAISE).rule(BILLING).rule(BUGS).build();
    Classification classification = of(rules, mail().subject(subject).body(body).build());
    assertThat(classification.category()).isEqualTo(category);
    assertThat(classification.priority()).isEqualTo(priority);
    assertThat(String.join(" ", classification.tags()).split(" "))
        .containsExactlyInAnyOrder(tags.split(" "));
    boolean routed = category.equals("billing") || strategy == Strategy.ORDER;
    assertThat(classification.route()).isEqualTo(routed ? "b" : "");
  }

  @Test
  void aRuleThatStopsEndsTheSearch() {
    Rule stop = Rule.builder("stop").all(Condition.words("x")).tags("stopped").stop().build();
    for (Strategy strategy : Strategy.values()) {
      Rule weak = Rule.builder("w").any(Condition.words("x")).category("weak").weak().build();
      RuleSet rules =
          RuleSet.builder().strategy(strategy).rule(stop).rule(BILLING).rule(weak).build();
      assertThat(of(rules, mail().subject("x invoice").build()).category()).isEqualTo("general");
      assertThat(of(rules, mail().subject("invoice").build()).category()).isEqualTo("billing");
    }
  }

  @Test
  void aWeakRuleCountsOnlyWhereNothingElseDoes() {
    Rule weak = Rule.builder("w").any(Condition.words("issue")).category("weak").weak().build();
    for (Strategy strategy : Strategy.values()) {
      RuleSet rules = RuleSet.builder().strategy(strategy).rule(weak).rule(BILLING).build();
      assertThat(of(rules, mail().subject("issue").body("refund").build()).category())
          .isEqualTo("billing");
      assertThat(of(rules, mail().subject("issue").build()).category()).isEqualTo("weak");
    }
  }

  @Test
  void yourRulesHaveTheirWayWithThoseTheyExtend() {
    Rule mine = Rule.of("mine", Priority.LOW, "invoice");
    for (Strategy strategy : Strategy.values()) {
      RuleSet base = RuleSet.builder().strategy(strategy).rule(BILLING).build();
      RuleSet rules = base.toBuilder().rule(mine).build();
      assertThat(of(rules, mail().build()).category()).as(strategy.label()).isEqualTo("mine");
      assertThat(rules.strategy()).isEqualTo(strategy);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "a@big.example, HIGH",
    "a@mail.BIG.example, HIGH",
    "a@x.mail.big.example, HIGH",
    "a@notbig.example, LOW",
    "a@one.example, HIGH",
    "a@sub.one.example, LOW",
    "Boss@x.example, HIGH",
    "b@x.example, LOW",
    "'', LOW"
  })
  void importantMailIsHigh(String sender, Priority priority) {
    RuleSet rules =
        RuleSet.builder()
            .vipDomains(List.of("*.Big.example", "one.example"))
            .vipSenders(List.of("boss@X.example"))
            .vipEffect(Priority.HIGH, List.of("vip"))
            .build();
    Classification classification = of(rules, Message.builder("g", "m").from(sender).build());
    assertThat(classification.priority()).isEqualTo(priority);
    assertThat(classification.tags().contains("vip")).isEqualTo(priority == Priority.HIGH);
  }

  @ParameterizedTest
  @CsvSource({
    "09:00, 17:30, 2026-11-23T07:59:59Z, false",
    "09:00, 17:30, 2026-11-23T08:00:00Z, true",
    "09:00, 17:30, 2026-11-23T16:29:59Z, true",
    "09:00, 17:30, 2026-11-23T16:30:00Z, false",
    "09:00, 17:30, 2026-11-22T12:00:00Z, false",
    "09:00, 17:30, 2026-07-01T07:00:00Z, true",
    "22:00, 06:00, 2026-11-23T22:00:00Z, true",
    "22:00, 06:00, 2026-11-28T04:00:00Z, true",
    "22:00, 06:00, 2026-11-23T04:00:00Z, false",
    "22:00, 06:00, 2026-11-23T12:00:00Z, false"
  })
  void officeHoursAreThoseOfTheirTimeZone(
      LocalTime from, LocalTime to, Instant moment, boolean open) {
    OfficeHours hours = new OfficeHours(ZoneId.of("Europe/Berlin"), OfficeHours.WEEKDAYS, from, to);
    assertThat(hours.isOpen(moment)).isEqualTo(open);
    RuleSet rules =
        RuleSet.builder().outside(hours, Priority.MEDIUM, List.of("after-hours")).build();
    Classification classification = of(rules, mail().date(moment).build());
    assertThat(classification.tags().isEmpty()).isEqualTo(open);
    assertThat(classification.priority()).isEqualTo(open ? Priority.LOW : Priority.MEDIUM);
    assertThat(of(rules, mail().date(Instant.EPOCH).build()).tags()).isEmpty();
  }

  @Test
  void noExpressionHangs() {
    Condition evil = Condition.regex("(a+)+(a|aa)*(.*a){20}$");
    Message mail = mail().body("a".repeat(20_000) + "!").build();
    assertTimeoutPreemptively(
        Duration.ofSeconds(10), () -> assertThat(meets(evil, mail)).isFalse());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "((a{100}){100}){100}",
        "((a{1000}){1000}){1000}",
        "(([ab]{50}){50,})",
        "((\\p{L}{60}){60}x)",
        "\\Q[\\E((a{100}){100})",
        "[]a]{100}(([^]]{100}){100})",
        "(?:(?:[[:alpha:]]{1,30}){1,30}){1,30}"
      })
  void anExpressionWhoseRepetitionsMultiplyIsRefusedBeforeItIsCompiled(String expression) {
    assertThatThrownBy(() -> Condition.regex(expression)).hasMessageContaining("repeats too much");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a{1000}",
        "(?:\\d{1,3}\\.){3}\\d{1,3}",
        "\\p{Lu}{2}-\\d{4,}",
        "[{100}]{3}",
        "\\{100}{100}"
      })
  void anExpressionMayRepeat(String expression) {
    assertThat(Condition.regex(expression).expression()).isEqualTo(expression);
  }

  @Test
  void aKeywordOfThousandsOfRulesCostsNoMoreThanOfOne() {
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      rules.add(
          Rule.builder("r" + i)
              .all(Condition.words("please").except("please not"), Condition.words("never" + i))
              .category("c")
              .build());
    }
    RuleSet all = RuleSet.of(rules);
    Message mail = mail().body("please not ".repeat(20_000) + "never7 please").build();
    // Each rule by itself would take a minute.
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> assertThat(of(all, mail).evidence().get(0).rule()).isEqualTo("r7"));
  }

  @Test
  void aKeywordThatIsNamedTwiceIsEvidenceOnce() {
    RuleSet rules = RuleSet.of(List.of(Rule.of("a", Priority.LOW, "Refund", "refund", " refund")));
    assertThat(of(rules, mail().body("A refund").build()).evidence())
        .containsExactly(new Evidence("a", "body", "Refund", "refund"));
  }

  @Test
  void whatIsNoRuleIsRefused() {
    assertThatThrownBy(() -> Rule.builder("a").category("b").build())
        .hasMessageContaining("no conditions");
    assertThatThrownBy(() -> Rule.builder("a").all(Condition.followUp()).build())
        .hasMessageContaining("no effects");
    assertThatThrownBy(() -> Condition.regex("a(?=b)")).hasMessageContaining("RE2");
    assertThatThrownBy(() -> Condition.regex("a".repeat(Condition.MAX_REGEX + 1)))
        .hasMessageContaining("1000");
    assertThatThrownBy(() -> Condition.words("a ".repeat(Condition.MAX_WORDS + 1)))
        .hasMessageContaining("more than");
  }
}
