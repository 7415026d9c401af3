package io.github.nylaswebhook.containers;

import io.github.nylaswebhook.servlet.NylasWebhookServlet;
import jakarta.servlet.annotation.WebServlet;

/** As a user writes it. */
@WebServlet("/hooks/annotated")
public class AnnotatedServlet extends NylasWebhookServlet {
  private static final long serialVersionUID = 1L;
}
