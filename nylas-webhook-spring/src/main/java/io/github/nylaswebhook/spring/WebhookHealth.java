package io.github.nylaswebhook.spring;

import io.github.nylaswebhook.Health;
import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.inbox.InboxStatistics;
import io.github.nylaswebhook.inbox.StoreUnavailableException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the health endpoint says, in the words of both lines of Spring Boot. Up as long as
 * deliveries can be stored: to take a node out of service because Nylas refuses the API key, say,
 * would only lose mail; such problems are in the details.
 *
 * @param status one of Spring Boot's
 */
record WebhookHealth(String status, Map<String, Object> details) {
  static WebhookHealth of(WebhookHandler handler) {
    Health health = handler.health();
    List<String> problems = new ArrayList<>(health.problems());
    Map<String, Object> details = new LinkedHashMap<>();
    String status = health.accepting() ? "UP" : "OUT_OF_SERVICE";
    try {
      InboxStatistics inbox = handler.inbox().statistics();
      details.put("waiting", inbox.waiting());
      inbox.oldestReceivedAt().map(Instant::toString).ifPresent(at -> details.put("oldest", at));
      details.put("deadLetters", inbox.deadLetters());
    } catch (StoreUnavailableException e) {
      problems.add("the inbox is out of reach, and deliveries are refused until it is back");
      status = health.accepting() ? "DOWN" : status;
    }
    details.put("problems", problems);
    return new WebhookHealth(status, details);
  }
}
