package io.github.nylaswebhook.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.categorize.Categorizer;
import io.github.nylaswebhook.categorize.Classification;
import io.github.nylaswebhook.categorize.Evidence;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.filter.Policy;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Help.Ansi;

class ExplainCommandTest {
  private static final String GOOD = "{\"id\":\"good\",\"subject\":\"Hello\"}";
  private static final String GOOD_EXPLAINED =
      "{\"id\":\"good\",\"kind\":\"human\",\"detail\":\"\",\"policy\":\"route\",\"reasons\":[],"
          + "\"category\":\"general\",\"priority\":\"low\",\"tags\":[],\"evidence\":[],"
          + "\"route\":\"\",\"headers_known\":false}";

  @TempDir private Path folder;

  private static String line(String json) {
    return json.replace('\'', '"');
  }

  @Test
  void itWritesTheMembersInTheirOrder() {
    Ran ran =
        Ran.with(
            line(
                "{'id':'m-1','subject':'Two invoices','body':'<p>Please <b>refund</b> them</p>',"
                    + "'headers':[{'name':'Auto-Submitted','value':'auto-replied (rejected)'}]}"),
            "explain");
    assertThat(ran.out())
        .isEqualTo(
            line(
                "{'id':'m-1','kind':'auto_reply','detail':'','policy':'attach',"
                    + "'reasons':[{'code':'auto-submitted','evidence':'auto-replied (rejected)'}],"
                    + "'category':'billing','priority':'medium','tags':[],"
                    + "'evidence':[{'rule':'billing','field':'subject','keyword':'invoice',"
                    + "'matched':'invoices'},{'rule':'billing','field':'body','keyword':'refund',"
                    + "'matched':'refund'}],'route':'','headers_known':true}\n"));
    assertThat(ran.err()).isEmpty();
    assertThat(ran.exit()).isZero();
  }

  @Test
  void theTextIsThereOnlyIfItIsAskedFor() {
    String mail = line("{'id':'m-1','body':'<p>Hi</p><p>there</p><blockquote>Old</blockquote>'}");
    assertThat(Ran.with(mail, "explain", "--text").out())
        .contains(line("'evidence':[],'text':'Hi\\nthere','route'"));
    assertThat(Ran.with(mail, "explain").out()).doesNotContain("text");
  }

  @Test
  void ownAddressesMayBeSeveral() {
    String mail = line("{'from':[{'email':'Desk@ACME.example'}]}");
    String own = line("'kind':'own','detail':'','policy':'skip'");
    assertThat(Ran.with(mail, "explain").out()).doesNotContain(own);
    assertThat(Ran.with(mail, "explain", "--own", "x@a.example", "--own=desk@acme.example").out())
        .contains(own);
  }

  @Test
  void kindsAndPoliciesAreInLowerCaseWhateverTheLocale() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("tr"));
    try {
      for (MessageKind kind : MessageKind.values()) {
        assertThat(kind.name().toLowerCase(Locale.ROOT)).matches("[a-z_]+");
      }
      assertThat(Ran.with(line("{'subject':'Automatic reply: hi'}"), "explain").out())
          .contains(line("'kind':'auto_reply'"));
      assertThat(
              Ran.with(
                      line("{'headers':[{'name':'Auto-Submitted','value':'auto-generated'}]}"),
                      "explain")
                  .out())
          .contains(line("'kind':'notification'"), line("'policy':'route_silently'"));
    } finally {
      Locale.setDefault(before);
    }
    assertThat(Policy.defaultFor(MessageKind.NOTIFICATION)).isEqualTo(Policy.ROUTE_SILENTLY);
  }

  @Test
  void aBrokenLineIsReportedInPlaceAndTheRestGoesOn() {
    Ran ran = Ran.with(GOOD + "\n\n{\"id\": oops}\n" + GOOD + "\n", "explain");
    assertThat(ran.lines())
        .containsExactly(
            GOOD_EXPLAINED, line("{'error':'malformed JSON at $.id','line':3}"), GOOD_EXPLAINED);
    assertThat(ran.complaints())
        .containsExactly("nylas-webhook explain: line 3: malformed JSON at $.id");
    assertThat(ran.exit()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          [1]                                 | an array, not a message object; jq -c '.[]' FILE gives its elements
          12                                  | a number, not a message object
          "x"                                 | a string, not a message object
          true                                | a boolean, not a message object
          null                                | null, not a message object
          nonsense                            | malformed JSON at $
          {"id":"m-1","sub                    | malformed JSON at $.id
          {"id":"m-1"                         | JSON that ends too early; give one object per line, as jq -c . FILE does
          {                                   | JSON that ends too early; give one object per line, as jq -c . FILE does
          {"id":"m-1"} {"id":"m-2"}           | more than one JSON value; give one object per line, as jq -c . FILE does
          {"id":"m-1","id":"m-2"}             | JSON with a member twice, or too deeply nested, at $.id
          {"data":[3]}                        | a number in a list of messages, not a message object
          {"error":{"message":"Gone"}}        | an error that Nylas answered (Gone), not a message object
          {"id":"t","object":"thread"}        | an object "thread", not a message object
          {"type":"grant.expired","data":{"object":{}}} | a notification of grant.expired, which has no message
          {"type":"message.opened","data":{"object":{}}} | a notification of message.opened, which has no message
          """)
  void whatIsNoMessageIsNamed(String broken, String what) {
    Ran ran = Ran.with(GOOD + "\n" + broken + "\n" + GOOD, "explain");
    assertThat(ran.complaints()).containsExactly("nylas-webhook explain: line 2: " + what);
    assertThat(ran.lines())
        .containsExactly(
            GOOD_EXPLAINED,
            "{\"error\":\"" + what.replace("\"", "\\\"") + "\",\"line\":2}",
            GOOD_EXPLAINED);
    assertThat(ran.exit()).isEqualTo(1);
  }

  @Test
  void nestingThatNoParserFollowsIsABrokenLine() {
    Ran ran = Ran.with("{\"a\":".repeat(100_000) + "\n" + GOOD, "explain");
    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.lines()).hasSize(2).last().isEqualTo(GOOD_EXPLAINED);
  }

  @Test
  void membersOfTheWrongTypeCountAsNotGiven() {
    Ran ran =
        Ran.with(
            line(
                "{'id':'good','from':'x','to':[1],'subject':{},'body':[],'headers':7,"
                    + "'attachments':{},'folders':null,'date':'soon','metadata':[1],'data':'x'}"),
            "explain");
    assertThat(ran.lines()).hasSize(1).first().asString().startsWith("{\"id\":\"good\"");
    assertThat(ran.exit()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'request_id':'r','data':{'id':'good'}}",
        "{'request_id':'r','data':[{'id':'good'}],'next_cursor':'c'}",
        "{'id':'n','type':'message.created','data':{'object':{'id':'good','object':'message'}}}",
        "{'type':'message.updated.truncated','data':{'object':{'id':'good'}}}",
        "{'data':{'object':{'id':'good'}}}",
        "{'id':'good','object':'message'}",
        "{'id':'good','object':'draft'}",
      })
  void theMessageIsFoundInWhatNylasSends(String json) {
    Ran ran = Ran.with(line(json), "explain");
    assertThat(ran.lines()).containsExactly(GOOD_EXPLAINED);
    assertThat(ran.exit()).isZero();
  }

  @Test
  void eachMessageOfAListIsExplained() {
    Ran ran = Ran.with(line("{'data':[{'id':'good'},null,{'id':'good'}]}"), "explain");
    assertThat(ran.lines())
        .hasSize(3)
        .startsWith(GOOD_EXPLAINED)
        .endsWith(GOOD_EXPLAINED)
        .element(1)
        .asString()
        .contains("null in a list");
  }

  @Test
  void blankLinesAByteOrderMarkAndWindowsLineEndsAreFine() {
    Ran ran = Ran.with("\uFEFF" + GOOD + "\r\n\r\n \t \n  " + GOOD + "  \r\n\n", "explain", "-");
    assertThat(ran.lines()).containsExactly(GOOD_EXPLAINED, GOOD_EXPLAINED);
    assertThat(ran.exit()).isZero();
    assertThat(Ran.with("", "explain")).isEqualTo(new Ran(0, "", ""));
    assertThat(Ran.with("\uFEFF", "explain")).isEqualTo(new Ran(0, "", ""));
  }

  @Test
  void aPrettyPrintedFileIsRead() {
    String pretty =
        line("{\n  'id': 'good',\n  'from': [\n    {\n      'email': 'a@b.c'\n    }\n  ]\n}\n");
    Ran ran = Ran.with(pretty + pretty + GOOD, "explain");
    assertThat(ran.lines()).containsExactly(GOOD_EXPLAINED, GOOD_EXPLAINED, GOOD_EXPLAINED);
    assertThat(ran.exit()).isZero();
  }

  @Test
  void aPrettyPrintedObjectWithoutItsEndTakesNothingElseAlong() {
    Ran ran = Ran.with("{\n  \"id\": \"m-1\",\n" + GOOD + "\n{\n" + GOOD, "explain");
    assertThat(ran.lines()).hasSize(4).element(1).isEqualTo(GOOD_EXPLAINED);
    assertThat(ran.lines()).element(3).isEqualTo(GOOD_EXPLAINED);
    assertThat(ran.complaints()).hasSize(2);
    assertThat(ran.complaints()).first().asString().contains("line 1:");
    assertThat(ran.complaints()).last().asString().contains("line 4:");
  }

  @Test
  void itReadsAFile() throws IOException {
    Path file = Files.writeString(folder.resolve("@mails.jsonl"), GOOD);
    assertThat(Ran.with("", "explain", file.toString()).lines()).containsExactly(GOOD_EXPLAINED);
  }

  @Test
  void aFileThatCannotBeReadIsOneLine() {
    String missing = folder.resolve("none.jsonl").toString();
    assertThat(Ran.with(GOOD, "explain", missing))
        .isEqualTo(
            new Ran(2, "", "nylas-webhook explain: " + missing + ": there is no such file\n"));
    assertThat(Ran.with(GOOD, "explain", folder.toString()))
        .isEqualTo(
            new Ran(2, "", "nylas-webhook explain: " + folder + " is a folder, not a file\n"));
  }

  @Test
  void rulesThatCannotBeUsedEndItBeforeAnythingIsRead() throws IOException {
    String missing = folder.resolve("none.json").toString();
    assertThat(Ran.with(GOOD, "explain", "--rules", missing))
        .isEqualTo(
            new Ran(2, "", "nylas-webhook explain: " + missing + ": there is no such file\n"));
    assertThat(Ran.with(GOOD, "explain", "--rules", folder.toString()).err())
        .isEqualTo("nylas-webhook explain: " + folder + " is a folder, not a file\n");
    Path yaml = Files.writeString(folder.resolve("rules.yaml"), "rules: [");
    assertThat(Ran.with(GOOD, "explain", "--rules", yaml.toString()).complaints())
        .hasSize(2)
        .first()
        .isEqualTo("nylas-webhook explain: " + yaml + " can't be used:");
    Path broken =
        Files.writeString(folder.resolve("rules.json"), "{\"nonsense\":1,\n\"rules\":{}}");
    Ran ran = Ran.with(GOOD, "explain", "--rules", broken.toString());
    assertThat(ran.exit()).isEqualTo(2);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.complaints())
        .startsWith("nylas-webhook explain: " + broken + " can't be used:")
        .anyMatch(line -> line.startsWith("$.nonsense (line 1): found"))
        .anyMatch(line -> line.startsWith("$.rules (line 2): found"));
  }

  @Test
  void rulesOfAFileSayWhatAMailIsAbout() throws IOException {
    String json =
        line("{'rules':[{'category':'greetings','priority':'high','any':[{'words':['hello']}]}]}");
    Path rules = Files.writeString(folder.resolve("rules.json"), json);
    String yaml = "rules:\n- {category: greetings, priority: high, any: [{words: [hello]}]}\n";
    Path inYaml = Files.writeString(folder.resolve("rules.yaml"), yaml);
    for (Path file : List.of(rules, inYaml)) {
      Ran ran = Ran.with(GOOD, "explain", "--rules", file.toString());
      assertThat(ran.err()).isEmpty();
      assertThat(ran.out()).contains(line("'category':'greetings','priority':'high'"));
    }
  }

  @Test
  void whatWasReadIsOutBeforeTheInputIsWaitedForOrFails() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    List<String> outAtEachRead = new ArrayList<>();
    InputStream in =
        new InputStream() {
          @Override
          public int read() {
            throw new IllegalStateException("reads blocks");
          }

          @Override
          public int read(byte[] bytes, int offset, int length) throws IOException {
            outAtEachRead.add(out.toString(UTF_8));
            if (outAtEachRead.size() == 3) {
              throw new IOException("the line is dead");
            }
            byte[] line = (GOOD + "\n").getBytes(UTF_8);
            System.arraycopy(line, 0, bytes, offset, line.length);
            return line.length;
          }
        };
    int exit = NylasWebhook.run(new StandardStreams(in, out, err), Ansi.OFF, "explain");
    assertThat(outAtEachRead)
        .containsExactly("", GOOD_EXPLAINED + "\n", (GOOD_EXPLAINED + "\n").repeat(2));
    assertThat(err.toString(UTF_8))
        .isEqualTo("nylas-webhook explain: standard input can't be read: the line is dead\n");
    assertThat(exit).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({
    "Broken pipe, 0, ''",
    "No space left on device, 2, the output can't be written: No space left on device"
  })
  void itEndsQuietlyOnlyIfNobodyReadsOn(String reason, int exit, String complaint) {
    OutputStream out =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException(reason);
          }
        };
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    InputStream in = new ByteArrayInputStream(GOOD.getBytes(UTF_8));
    assertThat(NylasWebhook.run(new StandardStreams(in, out, err), Ansi.OFF, "explain"))
        .isEqualTo(exit);
    assertThat(err.toString(UTF_8).strip())
        .isEqualTo(complaint.isEmpty() ? "" : "nylas-webhook explain: " + complaint);
  }

  @Test
  void aMailThatUpsetsARuleIsABrokenLine() throws Exception {
    Categorizer rules =
        (message, context) -> {
          if (message.id().equals("bad")) {
            throw new IllegalStateException("upset");
          }
          return new Classification(
              "c",
              Priority.HIGH,
              Set.of("e", "b", "a", "d", "c"),
              "way",
              List.of(new Evidence("r", "body", "k", "m")));
        };
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    List<String> broken = new ArrayList<>();
    boolean all =
        new Explaining(
                rules, Set.of(), new JsonReport(false), out, (n, error) -> broken.add(n + error))
            .all(new ByteArrayInputStream((line("{'id':'bad'}\n") + GOOD).getBytes(UTF_8)));
    assertThat(all).isFalse();
    assertThat(broken).singleElement().asString().startsWith("1a message that can't be explained");
    assertThat(out.toString(UTF_8).lines())
        .hasSize(2)
        .last()
        .asString()
        .contains(line("'tags':['a','b','c','d','e']"), line("'route':'way'"));
  }

  @Test
  void whatIsNoUnicodeIsStillUtf8InTheOutput() {
    Ran ran = Ran.with("{\"id\":\"\\ud800 \\u2028 ü 東\"}", "explain");
    assertThat(ran.lines()).singleElement().asString().startsWith("{\"id\":\"? \\u2028 ü 東\"");
  }
}
