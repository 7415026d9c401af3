package io.github.nylaswebhook.benchmarks;

import io.github.nylaswebhook.categorize.Classification;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.categorize.Rule;
import io.github.nylaswebhook.categorize.RuleSet;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What looking for keywords costs, beside the tutorial's loop of {@code contains}. Both get the
 * text ready made: for the rules, what a person wrote; for the loop, that in lower case. The text
 * has {@value #LENGTH} characters, so that megabytes a second are 0.3 by the seconds it took. The
 * medians are what counts: what else the machine does shows in the averages.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Fork(2)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 6, time = 1)
public class KeywordBenchmark {
  static final int LENGTH = 300_000;

  private static final int RULES = 5;
  private static final String[] SYLLABLES =
      ("ba be bi bo bu ca ce co da de di do fa fe fi ga ge ha he hi in is it ja ka ke ki la le li lo"
              + " ma me mi mo mu na ne ni no nu pa pe pi po ra re ri ro sa se si so ta te ti to tu"
              + " un va ve vi wa we wi al an ar as at el en er es on or st th ch sh")
          .split(" ");
  private static final String[] COMMON =
      ("the of and to in is you that it he was for on are as with his they at be this have from or"
              + " one had by but not what all were we when your can said there use an each which"
              + " she do how their if will up other about out many then them these so some her"
              + " would make like him into time has look two more go see no way could people my")
          .split(" ");

  @Param({"10", "1000", "10000"})
  public int keywords;

  @Param({"ascii", "accents"})
  public String text = "";

  private RuleSet rules = RuleSet.of(List.of());
  private Message message = Message.builder("g", "m").build();
  private MessageContext context = MessageContext.of(message);
  private String lower = "";
  private List<String> words = List.of();

  @Setup
  public void write() {
    Random random = new Random(20261122);
    List<String> vocabulary = new ArrayList<>();
    for (int i = 0; i < 8_000; i++) {
      vocabulary.add(word(random));
    }
    Set<String> chosen = new LinkedHashSet<>(List.of("outage", "invoice"));
    while (chosen.size() < keywords) {
      // One in ten is a phrase whose first word is in the text; of the others few are.
      chosen.add(
          random.nextInt(10) == 0
              ? vocabulary.get(random.nextInt(vocabulary.size())) + " " + word(random)
              : word(random) + "x");
    }
    words = List.copyOf(chosen);
    rules = rules(words);
    String body = text(random, vocabulary);
    message = Message.builder("g", "m").subject("A question").body(body).build();
    context = MessageContext.of(message);
    lower = (message.subject() + " " + context.text().body()).toLowerCase(Locale.ROOT);
    if (context.text().body().length() != LENGTH
        || !rules().category().equals("0")
        || contains() < 1) {
      throw new IllegalStateException("the text isn't as it should be");
    }
  }

  private static RuleSet rules(List<String> words) {
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i < RULES; i++) {
      List<String> own = new ArrayList<>();
      for (int k = i; k < words.size(); k += RULES) {
        own.add(words.get(k));
      }
      rules.add(Rule.of(Integer.toString(i), Priority.LOW, own));
    }
    return RuleSet.of(rules);
  }

  /** As letters have it: half of the words are the hundred most used, the others are rare. */
  private String text(Random random, List<String> vocabulary) {
    StringBuilder body = new StringBuilder("There is an outage. ");
    int line = 0;
    while (body.length() < LENGTH + 20) {
      String word =
          random.nextBoolean()
              ? COMMON[random.nextInt(COMMON.length)]
              : vocabulary.get(
                  (int) (vocabulary.size() * random.nextDouble() * random.nextDouble()));
      if (text.equals("accents") && random.nextInt(8) == 0) {
        word = word.replace('a', 'ä').replace('e', 'é');
      }
      body.append(
          random.nextInt(12) == 0
              ? word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1)
              : word);
      line += word.length() + 1;
      body.append(random.nextInt(10) == 0 ? ", " : line > 72 ? "\n" : " ");
      line = line > 72 ? 0 : line;
    }
    return body.substring(0, LENGTH - 1) + ".";
  }

  private static String word(Random random) {
    StringBuilder word = new StringBuilder();
    for (int i = 2 + random.nextInt(3); i > 0; i--) {
      word.append(SYLLABLES[random.nextInt(SYLLABLES.length)]);
    }
    return word.toString();
  }

  /** All keywords with their inflections, whole words only; and the decision of the rules. */
  @Benchmark
  public Classification rules() {
    return rules.categorize(message, context);
  }

  /** As the tutorial does it, but for all keywords, as a mail without any needs it. */
  @Benchmark
  public int contains() {
    int found = 0;
    for (String word : words) {
      if (lower.contains(word)) {
        found++;
      }
    }
    return found;
  }
}
