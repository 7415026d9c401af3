package io.github.nylaswebhook.spring;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;

/** Before Spring Boot's own, which prints the values of properties that couldn't be bound. */
final class NylasWebhookSecretsFailureAnalyzer
    extends AbstractFailureAnalyzer<UnboundConfigurationPropertiesException> implements Ordered {
  private static final String SECRETS = "nylas.webhook.secrets";

  @Override
  protected @Nullable FailureAnalysis analyze(
      Throwable rootFailure, UnboundConfigurationPropertiesException cause) {
    List<String> names =
        cause.getUnboundProperties().stream()
            .map(property -> property.getName().toString())
            .filter(name -> name.startsWith(SECRETS))
            .toList();
    return names.isEmpty()
        ? null
        : new FailureAnalysis(
            String.join(", ", names) + " can't be used, for there is a gap before it",
            "Number the secrets from "
                + SECRETS
                + "[0] on, without gaps, all in one place (by the"
                + " environment: NYLAS_WEBHOOK_SECRETS_0), or give them all in "
                + SECRETS
                + ", with commas between them.",
            rootFailure);
  }

  @Override
  public int getOrder() {
    return Ordered.HIGHEST_PRECEDENCE;
  }
}
