package io.github.nylaswebhook.samples.supportdesk;

import io.github.nylaswebhook.destination.HttpTicketRouter;
import io.github.nylaswebhook.jira.JiraTicketRouter;
import io.github.nylaswebhook.jms.JmsTicketRouter;
import io.github.nylaswebhook.message.AttachmentSource;
import io.github.nylaswebhook.slack.SlackTicketRouter;
import io.github.nylaswebhook.slack.SlackWebhookTicketRouter;
import io.github.nylaswebhook.ticket.TicketRouter;
import io.github.nylaswebhook.zendesk.ZendeskTicketRouter;
import jakarta.jms.ConnectionFactory;
import java.util.ArrayList;
import java.util.List;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;

/** The routers that the environment names, as one. */
final class Destinations implements AutoCloseable {
  private final List<TicketRouter> routers = new ArrayList<>();
  private final List<Runnable> opened = new ArrayList<>();

  private Destinations() {}

  /**
   * Makes them; asks nothing of the destinations yet.
   *
   * @param desk takes tickets into the desk's own storage
   * @throws Settings.InvalidException if one of them can't be had like this
   */
  static Destinations open(
      DestinationSettings settings, TicketRouter desk, AttachmentSource attachments)
      throws Settings.InvalidException {
    Destinations destinations = new Destinations();
    for (String name : settings.names()) {
      try {
        destinations.routers.add(
            name.equals(DestinationSettings.DATABASE)
                ? desk
                : destinations.make(name, settings, attachments));
      } catch (IllegalArgumentException e) {
        destinations.close();
        throw new Settings.InvalidException(
            "ROUTER="
                + name
                + " can't be used: "
                + DatabaseStorage.oneLine(String.valueOf(e.getMessage())));
      }
    }
    return destinations;
  }

  private TicketRouter make(String name, DestinationSettings settings, AttachmentSource attachments)
      throws Settings.InvalidException {
    long maxBytes = maxBytes(settings);
    switch (name) {
      case "http" -> {
        HttpTicketRouter http =
            HttpTicketRouter.builder(settings.get("TICKET_URL"))
                .secret(settings.get("TICKET_SECRET"))
                .build();
        return opened(http, http::close);
      }
      case "jira" -> {
        JiraTicketRouter.Builder builder =
            JiraTicketRouter.builder(settings.get("JIRA_URL"), settings.get("JIRA_PROJECT"))
                .basicAuth(settings.get("JIRA_EMAIL"), settings.get("JIRA_API_TOKEN"))
                .issueType(settings.get("JIRA_ISSUE_TYPE", "Task"));
        if (maxBytes > 0) {
          builder.attachments(attachments, maxBytes);
        }
        JiraTicketRouter jira = builder.build();
        return opened(jira, jira::close);
      }
      case "jms" -> {
        JmsTicketRouter jms =
            JmsTicketRouter.builder(broker(settings))
                .queue(settings.get("JMS_QUEUE", "tickets"))
                .build();
        return opened(jms, jms::close);
      }
      case "slack" -> {
        SlackTicketRouter.Builder builder =
            SlackTicketRouter.builder(
                settings.get("SLACK_BOT_TOKEN"), settings.get("SLACK_CHANNEL"));
        if (!settings.get("SLACK_API_URL").isEmpty()) {
          builder.apiUrl(settings.get("SLACK_API_URL"));
        }
        if (maxBytes > 0) {
          builder.attachments(attachments, maxBytes);
        }
        SlackTicketRouter slack = builder.build();
        return opened(slack, slack::close);
      }
      case "slack-webhook" -> {
        SlackWebhookTicketRouter slack =
            SlackWebhookTicketRouter.builder(settings.get("SLACK_WEBHOOK_URL")).build();
        return opened(slack, slack::close);
      }
      case "zendesk" -> {
        ZendeskTicketRouter.Builder builder =
            ZendeskTicketRouter.builder()
                .baseUrl(settings.get("ZENDESK_URL"))
                .apiToken(settings.get("ZENDESK_EMAIL"), settings.get("ZENDESK_API_TOKEN"));
        if (maxBytes > 0) {
          builder.attachments(attachments, maxBytes);
        }
        ZendeskTicketRouter zendesk = builder.build();
        return opened(zendesk, zendesk::close);
      }
      default -> throw new IllegalArgumentException("there is no such destination");
    }
  }

  private static ConnectionFactory broker(DestinationSettings settings) {
    try {
      return new ActiveMQConnectionFactory(
          settings.get("JMS_URL"), settings.get("JMS_USER"), settings.get("JMS_PASSWORD"));
    } catch (RuntimeException e) {
      // Its own words quote the URL, which may hold a password.
      throw new IllegalArgumentException(
          "JMS_URL isn't a broker's URL; one is tcp://localhost:61616", e);
    }
  }

  /** How large an attachment may be that is carried over; 0 for none. */
  private static long maxBytes(DestinationSettings settings) throws Settings.InvalidException {
    String value = settings.get("ATTACHMENTS_MAX_BYTES", "0");
    try {
      long bytes = Long.parseLong(value);
      if (bytes >= 0) {
        return bytes;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new Settings.InvalidException(
        "ATTACHMENTS_MAX_BYTES isn't a number of bytes: \"" + value + "\"");
  }

  private TicketRouter opened(TicketRouter router, Runnable close) {
    opened.add(close);
    return router;
  }

  /** All of them get each ticket; one that fails is tried again alone. */
  TicketRouter router() {
    return routers.size() == 1
        ? routers.get(0)
        : TicketRouter.allOf(routers.toArray(TicketRouter[]::new));
  }

  @Override
  public void close() {
    opened.forEach(Runnable::run);
  }
}
