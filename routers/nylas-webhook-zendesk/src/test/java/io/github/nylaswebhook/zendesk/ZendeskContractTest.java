package io.github.nylaswebhook.zendesk;

import io.github.nylaswebhook.internal.Json;
import io.github.nylaswebhook.nylas.RateLimit;
import io.github.nylaswebhook.test.DestinationStandIn;
import io.github.nylaswebhook.test.TicketRouterContract;
import io.github.nylaswebhook.ticket.TicketRouter;
import io.github.nylaswebhook.zendesk.FakeZendesk.Audit;
import io.github.nylaswebhook.zendesk.FakeZendesk.Entry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;

class ZendeskContractTest extends TicketRouterContract {
  private final FakeZendesk zendesk = new FakeZendesk(InstantSource.system());
  private final StandIn server = new StandIn(zendesk);

  /** The stand-in, with the ways to fail that the contract knows. */
  private static final class StandIn extends DestinationStandIn {
    private final FakeZendesk zendesk;
    private final AtomicInteger refusals = new AtomicInteger();

    StandIn(FakeZendesk zendesk) {
      this.zendesk = zendesk;
    }

    @Override
    protected Reply answer(Call call) {
      Map<String, String> headers = new HashMap<>();
      call.headers()
          .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.get(0)));
      FakeZendesk.Reply reply =
          zendesk.answer(
              new FakeZendesk.Call(
                  call.method(),
                  call.path(),
                  FakeZendesk.Call.query(call.uri().getRawQuery()),
                  headers,
                  call.body()));
      return new Reply(reply.status(), reply.headers(), reply.body());
    }

    /** Each second of {@code Retry-After} is one for the whole account: few of them are enough. */
    @Override
    protected Reply failed(Failure failure) {
      Reply reply = super.failed(failure);
      return reply.headers().containsKey("Retry-After") && refusals.incrementAndGet() % 10 != 0
          ? reply.header("Retry-After", "0")
          : reply;
    }
  }

  @Override
  protected TicketRouter router() {
    return ZendeskTicketRouter.builder()
        .baseUrl(server.url())
        .apiToken("bot@acme.example", "s3cret")
        .callTimeout(Duration.ofSeconds(1))
        .limit(new RateLimit(1_000_000, Duration.ofSeconds(1)))
        .build();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Override
  protected Standing destination() {
    return new Standing() {
      @Override
      public List<String> tickets() {
        return zendesk.tickets().stream().map(Entry::externalId).toList();
      }

      @Override
      public List<String> appended(String key) {
        return appended(key, comment -> true);
      }

      @Override
      public List<String> notes(String key) {
        return appended(key, comment -> !comment.bool("public"));
      }

      private List<String> appended(String key, Predicate<Json> which) {
        return of(key).stream()
            .flatMap(ticket -> ticket.audits.stream())
            .filter(audit -> audit.metadata().has(ZendeskApi.MARK))
            .filter(audit -> which.test(audit.comment()))
            .map(Audit::metadata)
            .map(metadata -> metadata.stringOr(ZendeskApi.MARK, ""))
            .toList();
      }

      private List<Entry> of(String key) {
        return zendesk.tickets().stream()
            .filter(ticket -> ticket.externalId().equals(key))
            .toList();
      }

      @Override
      public void fail(Random random, double share) {
        server.fail(random, share);
      }

      @Override
      public void close(String key) {
        of(key).forEach(ticket -> zendesk.status(Long.toString(ticket.id), "closed"));
      }
    };
  }
}
