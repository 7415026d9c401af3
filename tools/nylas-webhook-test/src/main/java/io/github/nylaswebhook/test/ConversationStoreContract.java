package io.github.nylaswebhook.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.ticket.Conversation;
import io.github.nylaswebhook.ticket.Conversation.Opened;
import io.github.nylaswebhook.ticket.Conversation.UnderWay;
import io.github.nylaswebhook.ticket.ConversationStore;
import io.github.nylaswebhook.ticket.TicketRef;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What every {@link ConversationStore} has to do. Extend it, and give it a store; each test uses
 * ids and keys of its own, so the store may be a shared one. Time is the store's own, so the
 * retentions that end here are short and real.
 */
public abstract class ConversationStoreContract {
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** As many keys as {@link ConversationStore#find} is asked for at most. */
  private static final int MOST_ASKED = 100;

  private final String prefix = "contract:" + UUID.randomUUID() + ":";

  protected ConversationStoreContract() {}

  /** A store to be tested; the same one twice is fine. */
  protected abstract ConversationStore store();

  /**
   * Makes what is stored of a conversation something that can't be read, as what another version
   * wrote may be.
   *
   * @return false if nothing can be: what this store keeps needn't be read
   */
  protected boolean spoil(String conversationId) throws Exception {
    return false;
  }

  @Test
  void aConversationIsFoundByEachOfItsKeysAsItIs() throws Exception {
    Conversation saved =
        new Conversation(
            prefix + "Ä\n1",
            new LinkedHashSet<>(
                List.of(prefix + "thread", prefix + "<mail@example.com>", prefix + "T-1")),
            new LinkedHashSet<>(List.of("zoë@example.com", "support@example.com")),
            Map.of(
                "zendesk",
                new Opened(new TicketRef("zendesk", "35436", "https://x/35436"), "message-1"),
                "chat",
                new Opened(TicketRef.NONE, "message-2")),
            new LinkedHashSet<>(
                List.of(new UnderWay("zendesk", "message-3"), new UnderWay("chat", "message-3"))));
    store().save(saved, LONG);
    for (String key : saved.keys()) {
      List<Conversation> found = store().find(List.of(key));
      assertEquals(List.of(saved), found, key);
      assertEquals(List.copyOf(saved.keys()), List.copyOf(found.get(0).keys()), "oldest first");
      assertEquals(
          List.copyOf(saved.participants()), List.copyOf(found.get(0).participants()), "too");
      assertEquals(List.copyOf(saved.underWay()), List.copyOf(found.get(0).underWay()), "too");
    }
  }

  @Test
  void aConversationIsFoundOnceByAllOfItsKeys() throws Exception {
    store().save(conversation("1", "a", "b"), LONG);
    assertEquals(List.of("1"), find("b", "a", "b", "unknown"));
  }

  @Test
  void whatNobodySavedIsNotFound() throws Exception {
    store().save(conversation("1", "a"), LONG);
    assertEquals(List.of(), find("unknown"));
    assertEquals(List.of(), store().find(List.of()), "no keys");
  }

  @Test
  void whatWasSavedLastComesFirst() throws Exception {
    for (String id : List.of("1", "2", "3", "4")) {
      store().save(conversation(id, "same", "own " + id), LONG);
    }
    assertEquals(List.of("4", "3", "2", "1"), find("same"));
    assertEquals(List.of("3", "1"), find("own 1", "own 3"));
    store().save(conversation("2", "same", "own 2"), LONG);
    assertEquals(List.of("2", "4", "3", "1"), find("same"));
  }

  @Test
  void aConversationThatIsSavedAgainHasTheKeysItHasNow() throws Exception {
    store().save(conversation("1", "stays", "goes"), LONG);
    store().save(conversation("2", "goes"), LONG);
    store().save(conversation("1", "stays", "comes"), LONG);
    assertEquals(List.of("1"), find("stays"));
    assertEquals(List.of("1"), find("comes"));
    assertEquals(List.of("2"), find("goes"));
    store().save(Conversation.of(prefix + "1"), LONG);
    assertEquals(List.of(), find("stays", "comes"), "it has none any more");
    store().save(conversation("1", "goes"), LONG);
    assertEquals(List.of("1", "2"), find("goes"), "one that it had before");
  }

  @Test
  void keysAndIdsAreComparedToTheLetter() throws Exception {
    String longest = "€".repeat(2_000 - prefix.length() - 1);
    List<String> strange =
        List.of(
            "key",
            "KEY",
            "key ",
            " key",
            "key\0",
            "key\0\0",
            "key\n",
            "k\u00e9y",
            "ke\u0301y",
            "key\ud83d\ude00",
            "key\ud83d\ude01",
            "key\ud800",
            "key\udc00",
            "key?",
            "key\ufffd",
            "k%y",
            "k_y",
            "'; drop table key; --",
            "",
            longest + "a",
            longest + "A",
            longest + "b");
    for (int i = 0; i < strange.size(); i++) {
      store().save(conversation(Integer.toString(i), strange.get(i)), LONG);
    }
    for (int i = 0; i < strange.size(); i++) {
      assertEquals(List.of(Integer.toString(i)), find(strange.get(i)), "[" + strange.get(i) + "]");
    }
    String shared = "shared";
    List<String> ids = strange.stream().filter(id -> !hasHalves(id)).toList();
    for (String id : ids) {
      store().save(conversation("id " + id, shared), LONG);
    }
    List<String> lastFirst = new ArrayList<>(ids.stream().map(id -> "id " + id).toList());
    Collections.reverse(lastFirst);
    assertEquals(lastFirst, find(shared));
  }

  /** Halves of characters aren't text, and a document can't have them. */
  private static boolean hasHalves(String text) {
    return text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= 0xdfff);
  }

  @Test
  void aHundredKeysAreAskedForAtOnce() throws Exception {
    for (int i = 0; i < MOST_ASKED; i += 10) {
      store().save(conversation("" + i, "key " + i, "other " + i), LONG);
    }
    String[] keys = IntStream.range(0, MOST_ASKED).mapToObj(i -> "key " + i).toArray(String[]::new);
    assertEquals(List.of("90", "80", "70", "60", "50", "40", "30", "20", "10", "0"), find(keys));
    for (int asked : List.of(1, 2, 3, 31, 32, 33, 99)) {
      assertEquals((asked + 9) / 10, find(Arrays.copyOf(keys, asked)).size(), asked + " keys");
    }
  }

  @Test
  void aRetentionEnds() throws Exception {
    store().save(conversation("1", "a", "both"), SHORT);
    store().save(conversation("2", "b", "both"), LONG);
    assertEquals(List.of("2", "1"), find("both"), "before it ends");
    Eventually.isTrue("the retention has ended", PATIENCE, () -> findNow("a").isEmpty());
    assertEquals(List.of("2"), find("both", "a", "b"));
    store().save(conversation("1", "a"), LONG);
    assertEquals(List.of("1"), find("a"), "it may come again");
    assertEquals(List.of("2"), find("both"), "with the keys it has now");
  }

  @Test
  void whoIsSavedAgainIsRememberedForLonger() throws Exception {
    store().save(conversation("1", "a", "b"), SHORT);
    store().save(conversation("1", "a", "c"), LONG);
    store().save(conversation("2", "other"), SHORT);
    // When the other's, which began later, has ended, the first one's has too.
    Eventually.isTrue("the retention has ended", PATIENCE, () -> findNow("other").isEmpty());
    assertEquals(List.of("1"), find("a"));
    assertEquals(List.of("1"), find("c"));
  }

  @Test
  void whoIsSavedAgainIsRememberedForShorterIfSaidSo() throws Exception {
    store().save(conversation("1", "a"), LONG);
    store().save(conversation("1", "a"), SHORT);
    Eventually.isTrue("the retention has ended", PATIENCE, () -> findNow("a").isEmpty());
  }

  @Test
  void theLargestConversationFits() throws Exception {
    Conversation largest = largest("largest", 0);
    store().save(largest, LONG);
    String[] some = IntStream.range(0, MOST_ASKED).mapToObj(i -> longKey(i)).toArray(String[]::new);
    assertEquals(List.of(largest), store().find(List.of(prefix + some[99])));
    assertEquals(List.of(largest), store().find(prefixed(some)));
    // All keys but half are others.
    Conversation changed = largest("largest", Conversation.MAX_KEYS / 2);
    store().save(changed, LONG);
    assertEquals(List.of(), store().find(List.of(prefix + longKey(0))));
    for (int i : List.of(Conversation.MAX_KEYS / 2, Conversation.MAX_KEYS)) {
      assertEquals(List.of(changed), store().find(List.of(prefix + longKey(i))));
    }
  }

  private Conversation largest(String id, int firstKey) {
    Set<String> keys = new LinkedHashSet<>();
    Set<String> people = new LinkedHashSet<>();
    Set<UnderWay> underWay = new LinkedHashSet<>();
    Map<String, Opened> tickets = new LinkedHashMap<>();
    for (int i = 0; i < Conversation.MAX_KEYS; i++) {
      keys.add(prefix + longKey(firstKey + i));
    }
    for (int i = 0; i < Conversation.MAX_PARTICIPANTS; i++) {
      people.add("ü".repeat(300) + i + "@example.com");
    }
    for (int i = 0; i < 8; i++) {
      tickets.put(
          "destination " + i,
          new Opened(
              new TicketRef(
                  "destination " + i, "7".repeat(200) + i, "https://" + "x".repeat(2_000)),
              longKey(i)));
    }
    for (int i = 0; i < Conversation.MAX_UNDER_WAY; i++) {
      underWay.add(new UnderWay("destination " + i % 8, longKey(i)));
    }
    return new Conversation(prefix + id, keys, people, tickets, underWay);
  }

  private String longKey(int number) {
    return number + ":" + "€".repeat(1_000 - prefix.length() - 4);
  }

  @Test
  void conversationsThatAreSavedAtOnceDontMix() throws Exception {
    int writers = 8;
    int conversations = 25;
    List<Callable<Boolean>> all = new ArrayList<>();
    for (int i = 0; i < writers; i++) {
      String writer = "w" + i;
      all.add(
          () -> {
            for (int n = 0; n < conversations; n++) {
              String id = writer + "/" + n;
              store().save(conversation(id, "first " + id, "shared " + n), LONG);
              store().save(conversation(id, "then " + id, "shared " + n), LONG);
              if (!find("then " + id).equals(List.of(id)) || !find("first " + id).isEmpty()) {
                return false;
              }
            }
            return true;
          });
    }
    for (boolean right : together(all)) {
      assertTrue(right, "what is saved is found by whoever saved it");
    }
    for (int n = 0; n < conversations; n++) {
      assertEquals(writers, find("shared " + n).size());
    }
  }

  @Test
  void ofThoseWhoSaveTheSameAtOnceTheLastWinsAndNothingIsMixed() throws Exception {
    int writers = 8;
    int rounds = 20;
    List<Callable<Boolean>> all = new ArrayList<>();
    for (int i = 0; i < writers; i++) {
      String writer = "w" + i;
      all.add(
          () -> {
            boolean right = true;
            for (int n = 0; n < rounds; n++) {
              store().save(version(writer + "/" + n), LONG);
              // As it was saved by somebody, with all of its keys, and found by no others.
              for (Conversation seen : store().find(prefixed("same", "key w0/" + n))) {
                right &= seen.equals(version(seen.participants().iterator().next()));
              }
            }
            return right;
          });
    }
    for (boolean right : together(all)) {
      assertTrue(right, "what is found is what somebody saved");
    }
    Conversation last = store().find(List.of(prefix + "same")).get(0);
    String winner = last.participants().iterator().next();
    for (int i = 0; i < writers; i++) {
      for (int n = 0; n < rounds; n++) {
        String version = "w" + i + "/" + n;
        assertEquals(
            version.equals(winner) ? List.of("contested") : List.of(),
            find("key " + version),
            version);
      }
    }
    assertTrue(winner.endsWith("/" + (rounds - 1)), "it is the last of one of them: " + winner);
  }

  /** The one conversation, as one of the writers saves it. */
  private Conversation version(String version) {
    return new Conversation(
        prefix + "contested",
        new LinkedHashSet<>(
            List.of(prefix + "same", prefix + "key " + version, prefix + "more " + version)),
        Set.of(version),
        Map.of(),
        Set.of());
  }

  @Test
  void whatCantBeReadDoesntHideTheOthers() throws Exception {
    store().save(conversation("old", "same", "old"), LONG);
    store().save(conversation("other", "same"), LONG);
    if (!spoil(prefix + "old")) {
      return;
    }
    assertEquals(List.of("other"), find("same"));
    assertEquals(List.of(), find("old"));
    store().save(conversation("old", "same", "new"), LONG);
    assertEquals(List.of("old", "other"), find("same"), "saved anew");
    assertEquals(List.of("old"), find("new"));
    assertEquals(List.of(), find("old"), "the keys that it had before");
  }

  private static <T> List<T> together(List<Callable<T>> all) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(all.size());
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> result : threads.invokeAll(all)) {
        results.add(result.get());
      }
      assertFalse(results.isEmpty());
      return results;
    } finally {
      threads.shutdownNow();
    }
  }

  private Conversation conversation(String id, String... keys) {
    return new Conversation(
        prefix + id, new LinkedHashSet<>(prefixed(keys)), Set.of(), Map.of(), Set.of());
  }

  private List<String> find(String... keys) throws StoreUnavailableException {
    return store().find(prefixed(keys)).stream()
        .map(conversation -> conversation.id().substring(prefix.length()))
        .toList();
  }

  private List<String> findNow(String key) {
    try {
      return find(key);
    } catch (StoreUnavailableException e) {
      throw new AssertionError("The store failed", e);
    }
  }

  private List<String> prefixed(String... keys) {
    return Arrays.stream(keys).map(key -> prefix + key).toList();
  }
}
