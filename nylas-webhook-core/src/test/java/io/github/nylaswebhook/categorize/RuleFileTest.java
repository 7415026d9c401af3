package io.github.nylaswebhook.categorize;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.github.nylaswebhook.categorize.RuleFile.Format;
import io.github.nylaswebhook.message.EmailAddress;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RuleFileTest {
  private static final String ALL =
      """
      {
        "$schema": "rules.schema.json",
        "strategy": "order",
        "extends": "none",
        "default": {"category": "other", "priority": "medium"},
        "vip": {"senders": ["Boss@x.example"], "domains": "*.big.example", "priority": "high", "tags": ["vip"]},
        "priorityWords": {"high": ["asap"], "medium": "soon"},
        "officeHours": {
          "zone": "Europe/Berlin", "days": ["monday", "friday"], "from": "09:00", "to": "17:30",
          "outside": {"raise": "medium", "tags": ["after-hours"]}
        },
        "rules": [
          {
            "name": "legal",
            "all": [{"recipient": "legal@acme.example"}, {"followUp": false}],
            "any": [{"words": ["contract"], "in": "subject", "except": "contractor contract"}, {"phrase": "terms of use"},
                    {"regex": "case-\\\\d+", "in": "body"}, {"substring": "<b>law</b>"}],
            "none": [{"from": "spam@x.example"}, {"fromDomain": "spam.example"}, {"to": "a@b.example"}, {"cc": "a@b.example"},
                     {"header": {"name": "X-Spam", "present": true}}, {"header": {"name": "X-A", "contains": "b"}},
                     {"header": {"name": "X-A", "equals": "b"}}, {"header": {"name": "X-A", "matches": "^b$"}},
                     {"attachment": "image/*"}],
            "category": "legal", "priority": "medium", "raise": "low", "tags": ["law", "slow"], "route": "legal-desk",
            "stop": true, "weak": false
          }
        ]
      }
      """;

  private static RuleFormatException refused(String text, Format format) {
    return catchThrowableOfType(RuleFormatException.class, () -> RuleFile.parse(text, format));
  }

  private static Classification of(RuleSet rules, Message.Builder message) {
    Message built = message.build();
    return rules.categorize(built, MessageContext.of(built));
  }

  private static Message.Builder mail(String subject, String body) {
    return Message.builder("g", "m").from("c@x.example").subject(subject).body(body);
  }

  @Test
  void everythingThatAFileSaysIsDone() throws IOException {
    RuleSet rules = RuleFile.parse(ALL, Format.JSON);
    Message.Builder legal =
        mail("Our contracts", "see case-17")
            .from("boss@X.example")
            .to(List.of(new EmailAddress("", "Legal@acme.example")))
            .date(Instant.parse("2026-11-23T16:31:00Z"));
    assertThat(of(rules, legal))
        .isEqualTo(
            new Classification(
                "legal",
                Priority.HIGH,
                Set.of("law", "slow", "vip", "after-hours"),
                "legal-desk",
                List.of(
                    new Evidence("legal", "subject", "contract", "contracts"),
                    new Evidence("legal", "to", "legal@acme.example", "Legal@acme.example"),
                    new Evidence("legal", "thread", "followUp", "false"),
                    new Evidence("legal", "body", "case-\\d+", "case-17"),
                    new Evidence("vip-sender", "from", "boss@x.example", "boss@X.example"),
                    new Evidence(
                        "office-hours",
                        "date",
                        "Mon, Fri 09:00-17:30 Europe/Berlin",
                        "2026-11-23T17:31+01:00"))));
    assertThat(of(rules, mail("Hello", "")).category()).isEqualTo("other");
    assertThat(of(rules, mail("Hello", "")).priority()).isEqualTo(Priority.MEDIUM);
    assertThat(of(rules, legal.subject("contractor contract").body("x")).category())
        .isEqualTo("other");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"rules":[{"category":"a","any":[{"wrods":["x"]}]}]} | $.rules[0].any[0].wrods | did you mean "words"?
          {"rules":[{"category":"a","any":[{"words":["x"]}]},{"category":"b","any":[{"words":"x"},{}]}]} | $.rules[1].any[1] | exactly one of
          {"rules":[{"category":"a","any":[{"words":["!"]}]}]} | $.rules[0].any[0].words | no letters or digits
          {"rules":[{"category":"a","any":[{"regex":"(a"}]}]} | $.rules[0].any[0].regex | RE2
          {"rules":[{"category":"a","any":[{"regex":"(a)\\\\1"}]}]} | $.rules[0].any[0].regex | RE2
          {"rules":[{"category":"a","any":[{"from":"x"}]}]} | $.rules[0].any[0].from | isn't an address
          {"rules":[{"category":"a","any":[{"from":"a@b","in":"body"}]}]} | $.rules[0].any[0].in | words, phrase, regex only
          {"rules":[{"category":"a","any":[{"words":"x","in":"boddy"}]}]} | $.rules[0].any[0].in | did you mean "body"?
          {"rules":[{"category":"a","priority":"hgih","any":[{"words":"x"}]}]} | $.rules[0].priority | did you mean "high"?
          {"rules":[{"category":"a","priority":3,"any":[{"words":"x"}]}]} | $.rules[0].priority | found 3
          {"rules":[{"category":7,"any":[{"words":"x"}]}]} | $.rules[0].category | text, in quotes
          {"rules":[{"category":"a","any":[{"words":"x"}],"any":[{"words":"y"}]}]} | $.rules[0].any | second time
          {"rules":[{"category":"a"}]} | $.rules[0] | "all", "any" or "none"
          {"rules":[{"name":"a","any":[{"words":"x"}]}]} | $.rules[0] | one of category
          {"rules":[{"name":"a","stop":false,"any":[{"words":"x"}]}]} | $.rules[0] | no effects
          {"rules":[]} | $.rules | at least one element
          {"rules":{}} | $.rules | a list
          {"strategy":"best","extends":"standard"} | $.strategy | "first", "order", "score"
          {"officeHours":{"zone":"Europe/Berlln","from":"9","to":"17:30","outside":{"raise":"high"}},"extends":"none"} | $.officeHours.zone | a time zone
          {"officeHours":{"zone":"UTC","from":"09:00","to":"09:00","outside":{"raise":"high"}},"extends":"none"} | $.officeHours | begin and end
          {"vip":{},"extends":"none"} | $.vip | one of them
          {} | $ | one of them
          [] | $ | an object
          {"a b":1,"extends":"none"} | $["a b"] | unknown member
          {"rules":[{"category":"a","any":[{"header":{"name":"X","contains":"a","equals":"b"}}]}]} | $.rules[0].any[0].header | exactly one of
          {"rules":[{"category":"a","any":[{"attachment":"pdf"}]}]} | $.rules[0].any[0].attachment | application/pdf
          """)
  void whatIsWrongIsNamedWithItsPlace(String text, String path, String words) {
    RuleFormatException e = refused(text, Format.JSON);
    assertThat(e.problems().get(0).path()).isEqualTo(path);
    assertThat(e.problems().get(0).toString()).contains(words);
  }

  @Test
  void allProblemsAreNamedAtOnceWithTheirLines() {
    String text =
        """
        {
          "strategy": "best",
          "rules": [
            {"category": "a", "any": [{"words": ["x"]}]},
            {"category": "b",
             "any": [
               {"words": []}
             ]}
          ]
        }
        """;
    for (Format format : Format.values()) {
      assertThat(refused(text, format).problems())
          .extracting(problem -> problem.path() + " " + problem.line())
          .containsExactly("$.strategy 2", "$.rules[1].any[0].words 7");
    }
    assertThat(refused("{\n\"rules\": [\n}", Format.JSON).getMessage())
        .contains("line 3", "well-formed JSON");
    assertThat(refused("a: [\nb: }", Format.YAML).getMessage())
        .contains("line 2", "well-formed YAML");
  }

  @Test
  void yamlSaysTheSame() throws IOException {
    String yaml =
        """
        # our rules
        strategy: first
        rules:
          - category: billing
            priority: high
            tags: [money]
            any: &money
              - words: [invoice, refund]
              - {phrase: Rechnung, in: subject}
          - name: vat
            any: *money
            tags: [never reached]
        """;
    RuleSet rules = RuleFile.parse(yaml, Format.YAML);
    assertThat(of(rules, mail("Rechnung", "")))
        .isEqualTo(
            new Classification(
                "billing",
                Priority.HIGH,
                Set.of("money"),
                List.of(new Evidence("billing", "subject", "Rechnung", "rechnung"))));
    assertThat(of(RuleFile.parse(ALL, Format.YAML), mail("x", "")))
        .isEqualTo(of(RuleFile.parse(ALL, Format.JSON), mail("x", "")));
    assertThat(refused("rules: [{category: a, any: [{words: [404]}]}]", Format.YAML).getMessage())
        .contains("$.rules[0].any[0].words[0]", "found 404", "in quotes");
    assertThat(refused("extends: none\nextends: none", Format.YAML).getMessage())
        .contains("$.extends (line 2)", "second time");
  }

  @Test
  void yamlCanBeNoBomb() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 9; i++) {
      String before = "*a" + (i - 1);
      bomb.append("a").append(i).append(": &a").append(i).append(" [");
      bomb.append(String.join(", ", Collections.nCopies(10, before))).append("]\n");
    }
    assertThat(refused(bomb.toString(), Format.YAML)).isNotNull();
    assertThat(refused("rules: &a [*a]", Format.YAML)).isNotNull();
    assertThat(refused("[".repeat(100_000), Format.YAML).getMessage()).contains("levels");
    assertThat(refused("[".repeat(100_000), Format.JSON)).isNotNull();
    assertThat(refused("rules: !!java.io.File [x]", Format.YAML).getMessage()).contains("tag");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "null", "{", "{\"rules\":[{\"category\":\"a\"", "\"x\"", "{}{}"})
  void whatIsNoFileOfRulesIsRefused(String text) {
    for (Format format : Format.values()) {
      assertThat(refused(text, format)).isNotNull();
    }
  }

  @Test
  void aFileIsReadByItsName(@TempDir Path folder) throws IOException {
    Path json = Files.writeString(folder.resolve("rules.json"), "\uFEFF{\"extends\":\"standard\"}");
    assertThat(RuleFile.read(json).strategy()).isEqualTo(Strategy.SCORE);
    Path yaml = Files.writeString(folder.resolve("rules.YML"), "extends: tutorial");
    assertThat(RuleFile.read(yaml).rules()).hasSize(5);
    Path bytes = Files.write(folder.resolve("latin1.json"), new byte[] {'"', (byte) 0xE4, '"'});
    assertThatThrownBy(() -> RuleFile.read(bytes)).hasMessageContaining("UTF-8");
    assertThatThrownBy(() -> RuleFile.read(folder.resolve("none.json")))
        .isInstanceOf(IOException.class);
    Path large = Files.write(folder.resolve("large.json"), new byte[RuleFile.MAX_SIZE + 1]);
    assertThatThrownBy(() -> RuleFile.read(large)).hasMessageContaining("at most");
  }

  private static String resource(String name) throws IOException {
    try (InputStream stream = RuleFile.class.getResourceAsStream(name)) {
      return new String(stream.readAllBytes(), UTF_8);
    }
  }

  private static Schema schema() throws IOException {
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(resource("rules.schema.json"));
  }

  private static boolean reads(String text) throws IOException {
    try {
      RuleFile.parse(text, Format.JSON);
      return true;
    } catch (RuleFormatException e) {
      return false;
    }
  }

  static List<String> files() throws IOException {
    return resource("rule-files.txt")
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .toList();
  }

  /** Beyond the schema are only what expressions, zones and keywords are made of. */
  @ParameterizedTest
  @MethodSource("files")
  void theSchemaAndTheReaderAgree(String line) throws IOException {
    boolean good = line.startsWith("good");
    String text = line.substring(5).strip();
    assertThat(reads(text)).as("reader").isEqualTo(good);
    assertThat(schema().validate(text, InputFormat.JSON).isEmpty()).as("schema").isEqualTo(good);
  }

  @Test
  void whatTheManualShowsIsRead() throws IOException {
    String manual = Files.readString(Path.of("..", "docs", "rules.md"));
    String[] blocks = manual.split("```", -1);
    int read = 0;
    for (int i = 1; i < blocks.length; i += 2) {
      for (Format format : Format.values()) {
        String language = format.name().toLowerCase(Locale.ROOT) + "\n";
        if (blocks[i].startsWith(language)) {
          assertThat(RuleFile.parse(blocks[i].substring(language.length()), format)).isNotNull();
          read++;
        }
      }
    }
    assertThat(read).isEqualTo(2);
  }

  @Test
  void whatComesWithThisKeepsToTheSchema() throws IOException {
    assertThat(schema().validate(resource("standard-rules.json"), InputFormat.JSON)).isEmpty();
    assertThat(schema().validate(ALL, InputFormat.JSON)).isEmpty();
    assertThat(Arrays.asList("good", "bad "))
        .allSatisfy(kind -> assertThat(files()).anyMatch(line -> line.startsWith(kind)));
  }

  @Test
  void theMessageNamesNoMoreProblemsThanAPersonReads() {
    String text = "{\"rules\":[" + "1,".repeat(999) + "1]}";
    assertThatThrownBy(() -> RuleFile.parse(text, RuleFile.Format.JSON))
        .isInstanceOfSatisfying(
            RuleFormatException.class,
            e -> {
              assertThat(e.problems()).hasSizeGreaterThanOrEqualTo(1000);
              assertThat(e.getMessage().lines().count()).isEqualTo(101);
              assertThat(e).hasMessageEndingWith("more");
            });
  }
}
