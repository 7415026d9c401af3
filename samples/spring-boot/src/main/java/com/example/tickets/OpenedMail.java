package com.example.tickets;

import io.github.nylaswebhook.notification.Notification;
import io.github.nylaswebhook.spring.NylasListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Other triggers are methods. */
@Component
class OpenedMail {
  private static final Logger log = LoggerFactory.getLogger(OpenedMail.class);

  @NylasListener("message.opened")
  void opened(Notification notification) {
    log.info("Somebody has opened what {} sent", notification.grantId());
  }
}
