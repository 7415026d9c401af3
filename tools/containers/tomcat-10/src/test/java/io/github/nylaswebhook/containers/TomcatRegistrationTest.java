package io.github.nylaswebhook.containers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.message.Message;
import io.github.nylaswebhook.servlet.NylasWebhookServlet;
import io.github.nylaswebhook.test.DeliveryReport;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.NotificationFixture;
import io.github.nylaswebhook.test.RawHttp;
import io.github.nylaswebhook.test.RecordingRouter;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.catalina.Context;
import org.apache.catalina.core.StandardContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** By {@code web.xml} and by {@code @WebServlet}: the container makes the servlet. */
class TomcatRegistrationTest {
  @TempDir Path folder;
  private final FakeNylas nylas = FakeNylas.start();
  private final RecordingRouter router = new RecordingRouter();
  private final WebhookHandler handler =
      WebhookHandler.builder()
          .webhookSecret(nylas.webhookSecret())
          .messageFetcher(ref -> Message.builder(ref.grantId(), ref.messageId()).build())
          .ticketRouter(router)
          .build();
  private final TestTomcat tomcat = new TestTomcat();
  private Context context;

  @AfterEach
  void stop() throws Exception {
    // First, so that no connection is kept that Tomcat would wait for.
    nylas.close();
    tomcat.stop();
    handler.close();
  }

  @Test
  void byWebXml() throws Exception {
    webXml(
        """
        <servlet>
          <servlet-name>nylas</servlet-name>
          <servlet-class>io.github.nylaswebhook.servlet.NylasWebhookServlet</servlet-class>
          <load-on-startup>1</load-on-startup>
        </servlet>
        <servlet-mapping>
          <servlet-name>nylas</servlet-name>
          <url-pattern>/hooks/xml</url-pattern>
        </servlet-mapping>
        """);
    start(true);
    assertDelivers("/app/hooks/xml");
  }

  @Test
  void byAnAnnotatedSubclass() throws Exception {
    webXml("");
    String name = AnnotatedServlet.class.getName().replace('.', '/') + ".class";
    Path file = folder.resolve("WEB-INF/classes").resolve(name);
    Files.createDirectories(file.getParent());
    try (InputStream in = AnnotatedServlet.class.getClassLoader().getResourceAsStream(name)) {
      Files.copy(in, file);
    }
    start(true);
    assertDelivers("/app/hooks/annotated");
  }

  @Test
  void withoutAHandlerItIsDeliveredLater() throws Exception {
    webXml(
        """
        <servlet>
          <servlet-name>nylas</servlet-name>
          <servlet-class>io.github.nylaswebhook.servlet.NylasWebhookServlet</servlet-class>
        </servlet>
        <servlet-mapping>
          <servlet-name>nylas</servlet-name>
          <url-pattern>/hooks/xml</url-pattern>
        </servlet-mapping>
        """);
    start(false);

    RawHttp.Answer answer =
        RawHttp.exchange(
            tomcat.uri("/"), "POST /app/hooks/xml HTTP/1.1\nHost: x\nContent-Length: 0\n\n");

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.headers()).containsEntry("retry-after", "30");
    context.getServletContext().setAttribute(NylasWebhookServlet.HANDLER_ATTRIBUTE, handler);
    assertDelivers("/app/hooks/xml");
  }

  private void webXml(String servlets) throws IOException {
    Files.createDirectories(folder.resolve("WEB-INF"));
    Files.writeString(
        folder.resolve("WEB-INF/web.xml"),
        "<web-app xmlns='https://jakarta.ee/xml/ns/jakartaee' version='6.0'>"
            + servlets
            + "</web-app>");
  }

  private void start(boolean withHandler) throws Exception {
    context = tomcat.application("/app", folder);
    if (withHandler) {
      ((StandardContext) context).addApplicationLifecycleListener(new Listener(handler));
    }
    tomcat.start();
  }

  private void assertDelivers(String path) throws Exception {
    DeliveryReport report =
        nylas
            .subscribe(tomcat.uri(path).toString())
            .deliver(NotificationFixture.created(Mail.of("grant-1", "message-1")))
            .get();
    assertThat(report.delivered()).isTrue();
    assertThat(router.await(1, Duration.ofSeconds(20)).get(0).messageId()).isEqualTo("message-1");
  }

  /** What a user's listener does. */
  private record Listener(WebhookHandler handler) implements ServletContextListener {
    @Override
    public void contextInitialized(ServletContextEvent event) {
      event.getServletContext().setAttribute(NylasWebhookServlet.HANDLER_ATTRIBUTE, handler);
    }
  }
}
