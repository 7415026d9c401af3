package io.github.nylaswebhook.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RawHttp;
import io.github.nylaswebhook.test.RecordingRouter;
import io.github.nylaswebhook.test.SignedDelivery;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;

class SecurityTest {
  @Configuration(proxyBeanMethods = false)
  static class Desk {
    @Bean
    TicketRouter router() {
      return new RecordingRouter();
    }
  }

  /** The recipe of docs/spring.md. */
  @Configuration(proxyBeanMethods = false)
  static class Recipe {
    @Bean
    SecurityFilterChain security(HttpSecurity http) throws Exception {
      return http.authorizeHttpRequests(
              requests ->
                  requests
                      .requestMatchers("/webhooks/nylas")
                      .permitAll()
                      .anyRequest()
                      .authenticated())
          .csrf(csrf -> csrf.ignoringRequestMatchers("/webhooks/nylas"))
          .httpBasic(Customizer.withDefaults())
          .build();
    }
  }

  /** Half of it: permitted, and not exempted from CSRF. */
  @Configuration(proxyBeanMethods = false)
  static class OnlyPermitted {
    @Bean
    SecurityFilterChain security(HttpSecurity http) throws Exception {
      return http.authorizeHttpRequests(requests -> requests.anyRequest().permitAll()).build();
    }
  }

  private static ConfigurableApplicationContext start(Class<?>... sources) {
    return TestApplication.run(
        sources,
        "nylas.webhook.secrets=whs",
        "nylas.webhook.api-key=nyk",
        "nylas.webhook.api-url=http://localhost:1",
        "spring.autoconfigure.exclude=" + TestApplication.EXCLUDED_BESIDE_SECURITY);
  }

  private static int deliver(ConfigurableApplicationContext context, String contentType)
      throws Exception {
    URI uri = TestApplication.uri(context, "/webhooks/nylas");
    SignedDelivery delivery =
        NotificationFixture.created(Mail.of("grant-1", "message-1")).sign("whs");
    String head = RawHttp.head(uri, delivery, Map.of("Content-Type", contentType));
    return RawHttp.exchange(uri, head, delivery.body()).status();
  }

  private static int status(ConfigurableApplicationContext context, String path) throws Exception {
    URI uri = TestApplication.uri(context, path);
    return RawHttp.exchange(uri, "GET " + path + " HTTP/1.1\nHost: x\nConnection: close\n\n")
        .status();
  }

  @Test
  void withTheRecipeDeliveriesAndChallengesComeThroughAndNothingElse() throws Exception {
    try (ConfigurableApplicationContext context = start(Desk.class, Recipe.class)) {
      assertThat(deliver(context, "application/json")).isEqualTo(200);
      assertThat(deliver(context, "application/x-www-form-urlencoded")).isEqualTo(200);
      assertThat(status(context, "/webhooks/nylas?challenge=abc")).isEqualTo(200);
      assertThat(status(context, "/other")).isEqualTo(401);
    }
  }

  @Test
  void withoutItADeliveryIsRefused() throws Exception {
    try (ConfigurableApplicationContext context = start(Desk.class)) {
      assertThat(deliver(context, "application/json")).isIn(401, 403);
    }
    try (ConfigurableApplicationContext context = start(Desk.class, OnlyPermitted.class)) {
      assertThat(deliver(context, "application/json")).isEqualTo(403);
      assertThat(status(context, "/webhooks/nylas?challenge=abc")).isEqualTo(200);
    }
  }
}
