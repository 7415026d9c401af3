package io.github.nylaswebhook.spring;

/**
 * The application can't start like this. The message says why, and then what to do; Spring Boot
 * prints the two apart.
 */
public final class NylasWebhookConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String problem;
  private final String remedy;

  NylasWebhookConfigurationException(String problem, String remedy) {
    super(problem + ". " + remedy);
    this.problem = problem;
    this.remedy = remedy;
  }

  NylasWebhookConfigurationException(String problem, String remedy, Throwable cause) {
    super(problem + ". " + remedy, cause);
    this.problem = problem;
    this.remedy = remedy;
  }

  /** What is wrong. */
  public String problem() {
    return problem;
  }

  /** What to do, in a sentence or two. */
  public String remedy() {
    return remedy;
  }
}
