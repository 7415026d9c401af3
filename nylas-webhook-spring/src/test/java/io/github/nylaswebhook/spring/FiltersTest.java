package io.github.nylaswebhook.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RawHttp;
import io.github.nylaswebhook.test.RecordingRouter;
import io.github.nylaswebhook.test.SignedDelivery;
import io.github.nylaswebhook.ticket.TicketRouter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.filter.CommonsRequestLoggingFilter;
import org.springframework.web.filter.OncePerRequestFilter;

/** What else handles requests in an application of Spring Boot. */
class FiltersTest {
  private static final AtomicInteger ASKED = new AtomicInteger();

  @Configuration(proxyBeanMethods = false)
  static class Desk {
    @Bean
    TicketRouter router() {
      return new RecordingRouter();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Logging {
    @Bean
    CommonsRequestLoggingFilter logging() {
      CommonsRequestLoggingFilter filter = new CommonsRequestLoggingFilter();
      filter.setIncludePayload(true);
      filter.setIncludeQueryString(true);
      filter.setMaxPayloadLength(100);
      return filter;
    }
  }

  /** Asks for a parameter, as many do. */
  static class Asking extends OncePerRequestFilter {
    @Override
    protected void doFilterInternal(
        HttpServletRequest request, HttpServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      ASKED.incrementAndGet();
      request.getParameter("locale");
      chain.doFilter(request, response);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class AskingAfter {
    @Bean
    Asking asking() {
      return new Asking();
    }
  }

  /** Before ours: of the same order, and first by its name. */
  @Configuration(proxyBeanMethods = false)
  static class Reading {
    @Bean
    FilterRegistrationBean<OncePerRequestFilter> aReader() {
      OncePerRequestFilter reader =
          new OncePerRequestFilter() {
            @Override
            protected void doFilterInternal(
                HttpServletRequest request, HttpServletResponse response, FilterChain chain)
                throws IOException, ServletException {
              request.getInputStream().readAllBytes();
              chain.doFilter(request, response);
            }
          };
      FilterRegistrationBean<OncePerRequestFilter> bean = new FilterRegistrationBean<>(reader);
      bean.setOrder(Ordered.HIGHEST_PRECEDENCE);
      return bean;
    }
  }

  @RestController
  static class Everything {
    @RequestMapping("/**")
    String everything() {
      return "mine";
    }
  }

  private static ConfigurableApplicationContext start(Class<?> more, String... properties) {
    String[] all = new String[properties.length + 3];
    all[0] = "nylas.webhook.secrets=whs";
    all[1] = "nylas.webhook.api-key=nyk";
    all[2] = "nylas.webhook.api-url=http://localhost:1";
    System.arraycopy(properties, 0, all, 3, properties.length);
    return TestApplication.run(new Class<?>[] {Desk.class, more}, all);
  }

  private static RawHttp.Answer deliver(URI uri, String contentType) throws IOException {
    SignedDelivery delivery =
        contentType.startsWith("application/x-www-form-urlencoded")
            ? SignedDelivery.of("_method=put&a=%41+b".getBytes(UTF_8), false, "whs")
            : NotificationFixture.created(Mail.of("grant-1", "message-1")).sign("whs");
    String head = RawHttp.head(uri, delivery, Map.of("Content-Type", contentType));
    return RawHttp.exchange(uri, head, delivery.body());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x"
      })
  void filtersThatAskForParametersLeaveTheBodyAlone(String type) throws Exception {
    for (Class<?> filter : new Class<?>[] {AskingAfter.class, Logging.class}) {
      try (ConfigurableApplicationContext context =
          start(filter, "spring.mvc.hiddenmethod.filter.enabled=true")) {
        int before = ASKED.get();
        URI uri = TestApplication.uri(context, "/webhooks/nylas");
        assertThat(deliver(uri, type).status()).as(filter + " " + type).isEqualTo(200);
        if (filter == AskingAfter.class) {
          assertThat(ASKED.get()).isGreaterThan(before);
        }
      }
    }
  }

  @Test
  void aFilterThatReadsTheBodyHasItDeliveredLater() throws Exception {
    try (ConfigurableApplicationContext context = start(Reading.class)) {
      URI uri = TestApplication.uri(context, "/webhooks/nylas");
      RawHttp.Answer answer = deliver(uri, "application/json");
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.headers()).containsEntry("retry-after", "30");
    }
  }

  @Test
  void theApplicationsOwnControllersDontGetInBetween() throws Exception {
    try (ConfigurableApplicationContext context =
        start(
            Everything.class,
            "server.servlet.context-path=/app",
            "spring.mvc.servlet.path=/mvc",
            "nylas.webhook.path=/hooks/mail")) {
      URI uri = TestApplication.uri(context, "/app/mvc/hooks/mail");
      assertThat(deliver(uri, "application/json").status()).isEqualTo(200);
      assertThat(deliver(uri, "multipart/form-data; boundary=x").status()).isEqualTo(200);
      RawHttp.Answer other =
          RawHttp.exchange(uri, "GET /app/mvc/elsewhere HTTP/1.1\nHost: x\nConnection: close\n\n");
      assertThat(other.body()).isEqualTo("mine");
    }
  }
}
