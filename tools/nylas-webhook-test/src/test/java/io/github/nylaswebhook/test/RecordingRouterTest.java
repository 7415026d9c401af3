package io.github.nylaswebhook.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.nylaswebhook.categorize.Classification;
import io.github.nylaswebhook.categorize.Priority;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.message.MessageContext;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class RecordingRouterTest {
  private final RecordingRouter router = new RecordingRouter("desk");

  @Test
  void keepsWhatItGetsInItsOrder() throws Exception {
    Ticket one = ticket("1");
    Ticket two = ticket("2");

    assertThat(router.route(one)).isEqualTo(TicketRef.of("desk", "T-1"));
    assertThat(router.route(two)).isEqualTo(TicketRef.of("desk", "T-2"));

    assertThat(router.tickets()).containsExactly(one, two);
    assertThat(router.destination()).isEqualTo("desk");
    assertThat(new RecordingRouter().destination()).isEqualTo("recording");
  }

  @Test
  void showsWhatIsRoutedTwice() throws Exception {
    router.route(ticket("1"));
    router.route(ticket("1"));
    router.route(ticket("2"));

    assertThat(router.countsByKey())
        .containsEntry(Ticket.idempotencyKey("g", "1"), 2L)
        .containsEntry(Ticket.idempotencyKey("g", "2"), 1L)
        .hasSize(2);
  }

  @Test
  void failsAsOftenAsItIsTold() throws Exception {
    router.failNext(new IOException("first")).failNext(new IllegalStateException("second"));

    assertThatThrownBy(() -> router.route(ticket("1"))).hasMessage("first");
    assertThatThrownBy(() -> router.route(ticket("1"))).hasMessage("second");
    assertThat(router.tickets()).isEmpty();
    router.route(ticket("1"));
    assertThat(router.tickets()).hasSize(1);
  }

  @Test
  void waitsForWhatComesAndNotForever() {
    CompletableFuture<TicketRef> routed =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return router.route(ticket("1"));
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });

    assertThat(router.await(1, Duration.ofSeconds(10))).hasSize(1);
    assertThat(routed.join().id()).isEqualTo("T-1");
    assertThatThrownBy(() -> router.await(2, Duration.ofMillis(50)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("2 tickets");
  }

  @Test
  void givesEachTicketAnIdOfItsOwnWhenTheyComeAtOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    CyclicBarrier together = new CyclicBarrier(8);
    Queue<String> ids = new ConcurrentLinkedQueue<>();
    Ticket ticket = ticket("1");
    List<Future<?>> routers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      routers.add(
          threads.submit(
              () -> {
                together.await();
                for (int n = 0; n < 2500; n++) {
                  ids.add(router.route(ticket).id());
                }
                return null;
              }));
    }
    for (Future<?> future : routers) {
      future.get();
    }
    threads.shutdown();

    assertThat(ids).doesNotHaveDuplicates();
  }

  private static Ticket ticket(String id) {
    Message message = Message.of(Mail.of("g", id).toJson());
    return Ticket.of(
        message,
        new MessageContext(message, Set.of()).text(),
        MessageKind.HUMAN,
        false,
        new Classification("general", Priority.LOW, Set.of(), List.of()),
        Instant.EPOCH);
  }
}
