package io.github.nylaswebhook.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.WebhookRequest;
import io.github.nylaswebhook.WebhookResponse;
import io.github.nylaswebhook.inbox.DeadLetters;
import io.github.nylaswebhook.inbox.Delivery;
import io.github.nylaswebhook.inbox.DeliveryProcessor;
import io.github.nylaswebhook.inbox.Inbox;
import io.github.nylaswebhook.inbox.InboxStatistics;
import io.github.nylaswebhook.inbox.Receipt;
import io.github.nylaswebhook.signature.SignatureVerifier;
import io.github.nylaswebhook.test.SignedDelivery;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a delivery costs until it is acknowledged, beside the one thing that can't be saved: the
 * HMAC over its bytes. Run with {@code -prof gc} for the bytes that are allocated.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Fork(2)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 6, time = 1)
public class HandleBenchmark {
  private static final String SECRET = "UfZWFrkjsbg5bxLbax-y";

  @Param({"3500", "270000"})
  public int bytes;

  private byte[] body = new byte[0];
  private Map<String, List<String>> headers = Map.of();
  private Mac mac = mac();
  private WebhookHandler handler = handler();

  @Setup
  public void sign() {
    SignedDelivery delivery = Bodies.created("message-1", bytes).sign(SECRET);
    body = delivery.body();
    headers =
        Map.of(
            "Content-Type",
            List.of("application/json"),
            "Content-Length",
            List.of(Integer.toString(body.length)),
            "User-Agent",
            List.of("nylas"),
            "Host",
            List.of("localhost"),
            SignatureVerifier.HEADER,
            List.of(delivery.signature()));
    if (handle().status() != 200) {
      throw new IllegalStateException("the delivery isn't accepted");
    }
  }

  @TearDown
  public void close() {
    handler.close();
  }

  /** The floor. */
  @Benchmark
  public byte[] hmac() {
    return mac.doFinal(body);
  }

  /** Everything between the servlet and the inbox. */
  @Benchmark
  public WebhookResponse handle() {
    return handler.handle(
        new WebhookRequest("POST", null, headers, new ByteArrayInputStream(body), body.length));
  }

  private static WebhookHandler handler() {
    return WebhookHandler.builder()
        .webhookSecret(SECRET)
        .inbox(new Forgetful())
        .acceptOnly()
        .build();
  }

  private static Mac mac() {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(SECRET.getBytes(UTF_8), "HmacSHA256"));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Takes everything and keeps nothing: what an inbox costs is measured with the inboxes. */
  private static final class Forgetful implements Inbox {
    @Override
    public Receipt accept(Delivery delivery) {
      return Receipt.ACCEPTED;
    }

    @Override
    public void start(DeliveryProcessor processor) {}

    @Override
    public InboxStatistics statistics() {
      throw new IllegalStateException("there are none");
    }

    @Override
    public DeadLetters deadLetters() {
      throw new IllegalStateException("there are none");
    }

    @Override
    public void close() {}
  }
}
