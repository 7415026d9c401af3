package io.github.nylaswebhook.spring;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.filter.MessageKind;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.InboxStatistics;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import io.github.nylaswebhook.pipeline.PipelineObserver;
import io.github.nylaswebhook.pipeline.PipelineStatistics;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The handler's meters: what waits, what became of messages, and how long acknowledgements take.
 * The last of these it learns as an observer, so who builds a handler of their own gives it to the
 * builder. Safe for use by many threads.
 */
public final class NylasWebhookMetrics implements MeterBinder, PipelineObserver {
  /** The inbox is asked at most so often, however many meters are read. */
  private static final Duration ASKED_EVERY = Duration.ofSeconds(1);

  private final Supplier<WebhookHandler> handler;
  private final List<MeterRegistry> registries = new CopyOnWriteArrayList<>();
  private volatile @Nullable Asked asked;

  /**
   * @param statistics null if the inbox is out of reach
   */
  private record Asked(long at, @Nullable InboxStatistics statistics) {}

  /**
   * Meters of a handler.
   *
   * @param handler asked for when a meter is read, since the handler is built with this
   */
  public NylasWebhookMetrics(Supplier<WebhookHandler> handler) {
    this.handler = handler;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    gauge(registry, "waiting", "Deliveries that aren't done", InboxStatistics::waiting);
    gauge(registry, "dead.letters", "Deliveries that were given up", InboxStatistics::deadLetters);
    Gauge.builder("nylas.webhook.inbox.oldest", this, metrics -> metrics.inbox(this::oldest))
        .description("How long the oldest delivery that isn't done has waited; 0 if none waits")
        .baseUnit("seconds")
        .register(registry);
    counter(registry, "routed", "", PipelineStatistics::routed);
    counter(registry, "duplicate", "", PipelineStatistics::duplicates);
    counter(registry, "gone", "", PipelineStatistics::gone);
    counter(registry, "dead", "", PipelineStatistics::dead);
    for (MessageKind kind : MessageKind.values()) {
      String name = kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
      counter(registry, "skipped", name, counts -> counts.setAside().getOrDefault(kind, 0L));
    }
    registries.add(registry);
  }

  @Override
  public void accepted(Delivery delivery, Duration took) {
    acknowledged("accepted", 200, took);
  }

  @Override
  public void duplicate(Delivery delivery, Duration took) {
    acknowledged("duplicate", 200, took);
  }

  @Override
  public void refused(int status, String reason, Duration took) {
    acknowledged("refused", status, took);
  }

  private void acknowledged(String outcome, int status, Duration took) {
    for (MeterRegistry registry : registries) {
      Timer.builder("nylas.webhook.acknowledgement")
          .description("From a request's arrival until its answer is known")
          .tag("outcome", outcome)
          .tag("status", Integer.toString(status))
          .register(registry)
          .record(took);
    }
  }

  private void gauge(
      MeterRegistry registry,
      String name,
      String description,
      ToDoubleFunction<InboxStatistics> value) {
    Gauge.builder("nylas.webhook.inbox." + name, this, metrics -> metrics.inbox(value))
        .description(description)
        .register(registry);
  }

  private void counter(
      MeterRegistry registry,
      String outcome,
      String kind,
      ToLongFunction<PipelineStatistics> value) {
    FunctionCounter.builder(
            "nylas.webhook.messages",
            this,
            metrics -> value.applyAsLong(metrics.handler.get().statistics()))
        .description("What became of messages; the dead are deliveries")
        .tag("outcome", outcome)
        // Every meter of a name has the same tags, as some registries ask.
        .tag("kind", kind.isEmpty() ? "none" : kind)
        .register(registry);
  }

  private double oldest(InboxStatistics statistics) {
    return statistics
        .oldestReceivedAt()
        .map(at -> Math.max(0, Duration.between(at, Instant.now()).toMillis() / 1000.0))
        .orElse(0.0);
  }

  /** Not a number while the inbox is out of reach. */
  private double inbox(ToDoubleFunction<InboxStatistics> value) {
    Asked last = asked;
    long now = System.nanoTime();
    if (last == null || now - last.at > ASKED_EVERY.toNanos()) {
      InboxStatistics statistics;
      try {
        statistics = handler.get().inbox().statistics();
      } catch (StoreUnavailableException e) {
        statistics = null;
      }
      last = new Asked(now, statistics);
      asked = last;
    }
    return last.statistics == null ? Double.NaN : value.applyAsDouble(last.statistics);
  }
}
