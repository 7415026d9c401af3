package io.github.nylaswebhook.jaxrs.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.pipeline.PipelineObserver;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RawHttp;
import io.github.nylaswebhook.test.RawHttp.Answer;
import io.github.nylaswebhook.test.RecordingRouter;
import io.github.nylaswebhook.test.SignedDelivery;
import io.github.nylaswebhook.test.WebhookEndpointContract;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the resource has to do in every implementation of JAX-RS, beyond what every endpoint has to.
 * Deploy {@link TestApplication} below {@code /app}.
 */
@ExtendWith(Except.Condition.class)
@Except(
    value = "aContentTypeThatIsNoneStoresNothingItDidntSign",
    because = "JAX-RS answers 400 before a resource sees it")
public abstract class JaxrsEndpointContract extends WebhookEndpointContract {
  private static final String SECRET = "whs-jaxrs";

  private final RecordingRouter router = new RecordingRouter();
  private final WebhookHandler handler =
      WebhookHandler.builder()
          .webhookSecret(SECRET)
          .messageFetcher(ref -> Message.builder(ref.grantId(), ref.messageId()).build())
          .ticketRouter(router)
          .observer(
              new PipelineObserver() {
                @Override
                public void refused(int status, String reason, Duration took) {
                  refused = reason;
                }
              })
          .build();
  private volatile String refused = "";
  private Endpoint endpoint;

  @BeforeAll
  void startAnother() throws Exception {
    endpoint = start(handler);
  }

  @AfterAll
  void stopIt() throws Exception {
    endpoint.stop().stop();
    handler.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/json", "image/*;q=0", "text/html, */*;q=0.1"})
  void answersWhateverIsAcceptable(String accept) throws IOException {
    SignedDelivery delivery = delivery("m-" + accept);

    assertThat(post(endpoint.uri(), delivery, Map.of("Accept", accept)).status()).isEqualTo(200);
  }

  @Test
  void addsNothingToTheHandlersHeaders() throws IOException {
    Answer stored = post(endpoint.uri(), delivery("m-headers"), Map.of());
    Answer challenge = get(endpoint.uri(), "?challenge=x");
    Answer refused =
        post(endpoint.uri(), SignedDelivery.of(new byte[9], false, "another"), Map.of());

    assertThat(stored.headers())
        .containsEntry("content-length", "0")
        .doesNotContainKeys("content-type", "transfer-encoding", "allow", "vary");
    assertThat(challenge.headers())
        .containsEntry("content-length", "1")
        .containsEntry("x-content-type-options", "nosniff")
        .doesNotContainKeys("transfer-encoding", "vary");
    assertThat(refused.headers())
        .containsEntry("content-length", "12")
        .containsEntry("x-content-type-options", "nosniff");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "+5", "1,1", "99999999999999999999"})
  void aLengthThatIsNoneIsRefused(String length) throws IOException {
    SignedDelivery nothing = SignedDelivery.of(new byte[0], false, "another");

    Answer answer = post(endpoint.uri(), nothing, Map.of("Content-Length", length));

    assertThat(answer.status()).isIn(400, 401, 413);
  }

  /** What reads a body before the endpoint does, and how it came. */
  @ParameterizedTest
  @CsvSource({
    "filter, false",
    "filter, true",
    "closing filter, false",
    "closing filter, true",
    "interceptor, false",
    "interceptor, true",
    "closing interceptor, false",
    "closing interceptor, true"
  })
  void saysThatTheBodyHasBeenRead(String reader, boolean chunked) throws IOException {
    Map<String, String> headers =
        chunked
            ? Map.of(BodyReader.HEADER, reader, "Transfer-Encoding", "chunked")
            : Map.of(BodyReader.HEADER, reader);

    Answer answer = post(endpoint.uri(), delivery("m-read"), headers);

    if (reader.endsWith("interceptor") && answer.status() == 200) {
      return; // They aren't asked for plain streams, so it verified, and was there.
    }
    assertThat(answer.status()).as(answer::toString).isEqualTo(503);
    assertThat(answer.headers()).containsEntry("retry-after", "30");
    if (reader.startsWith("closing")) {
      // Some can't be read from then on, as if the connection had been cut.
      assertThat(refused).containsAnyOf("filter", "couldn't be read to its end");
    } else {
      assertThat(refused).contains("there is nothing to read", "filter");
    }
  }

  @Test
  void servesAnotherPath() throws IOException {
    URI elsewhere = elsewhere();
    SignedDelivery delivery = delivery("m-elsewhere");

    assertThat(get(elsewhere, "?challenge=a%2Bb").body()).isEqualTo("a+b");
    assertThat(post(elsewhere, delivery, Map.of()).status()).isEqualTo(200);
    await()
        .untilAsserted(
            () ->
                assertThat(router.tickets())
                    .anySatisfy(ticket -> assertThat(ticket.messageId()).isEqualTo("m-elsewhere")));
    for (String method : List.of("HEAD", "OPTIONS", "PUT")) {
      Answer answer =
          RawHttp.exchange(
              elsewhere,
              method + " " + elsewhere.getRawPath() + "?challenge=x HTTP/1.1\nHost: x\n\n");
      assertThat(answer.status()).isEqualTo(405);
      assertThat(answer.headers()).containsEntry("allow", "GET, POST");
    }
  }

  @Test
  void servesWhatASubclassAdds() throws IOException {
    assertThat(get(elsewhere(), "/health").body()).isEqualTo("healthy");
  }

  private URI elsewhere() {
    return endpoint.uri().resolve("../elsewhere/acme");
  }

  private static Answer get(URI uri, String query) throws IOException {
    return RawHttp.exchange(uri, "GET " + uri.getRawPath() + query + " HTTP/1.1\nHost: x\n\n");
  }

  private static Answer post(URI uri, SignedDelivery delivery, Map<String, String> more)
      throws IOException {
    return RawHttp.exchange(
        uri,
        RawHttp.head(uri, delivery, more),
        more.containsKey("Transfer-Encoding") ? RawHttp.chunked(delivery.body()) : delivery.body());
  }

  private static SignedDelivery delivery(String messageId) {
    return NotificationFixture.created(Mail.of("grant-1", messageId).subject("Überfällig €"))
        .sign(SECRET);
  }

  /** Where the application is deployed. */
  protected static URI webhook(int port) {
    return URI.create("http://127.0.0.1:" + port + "/app/webhooks/nylas");
  }
}
