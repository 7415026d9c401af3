package io.github.nylaswebhook.spring;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;

/** Before those that would only say that a property couldn't be bound. */
final class NylasWebhookFailureAnalyzer
    extends AbstractFailureAnalyzer<NylasWebhookConfigurationException> implements Ordered {
  @Override
  protected FailureAnalysis analyze(
      Throwable rootFailure, NylasWebhookConfigurationException cause) {
    return new FailureAnalysis(cause.problem(), cause.remedy(), rootFailure);
  }

  @Override
  public int getOrder() {
    return Ordered.HIGHEST_PRECEDENCE;
  }
}
