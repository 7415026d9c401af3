package io.github.nylaswebhook.spring;

import java.util.Optional;
import java.util.ServiceLoader;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;

/** What the context has of a type, and what is said if the choice isn't clear. */
final class Beans {
  private Beans() {}

  /**
   * The one bean of this type, the primary one of several; empty if there is none.
   *
   * @param remedy what else than to mark one primary can be done, in a sentence
   */
  static <T> Optional<T> only(ObjectProvider<T> beans, Class<T> type, String remedy) {
    try {
      return Optional.ofNullable(beans.getIfAvailable());
    } catch (NoUniqueBeanDefinitionException e) {
      throw new NylasWebhookConfigurationException(
          "There are several beans of type "
              + type.getName()
              + (e.getBeanNamesFound() == null
                  ? ""
                  : ": " + String.join(", ", e.getBeanNamesFound()))
              + ", and none of them is primary",
          "Mark the one that the webhook is to use with @Primary. " + remedy,
          e);
    }
  }

  static <T> Optional<T> only(ObjectProvider<T> beans, Class<T> type) {
    return only(beans, type, "Or remove the others.");
  }

  /** Whether {@link ServiceLoader} finds what no bean is there for. */
  static boolean isService(Class<?> type) {
    return ServiceLoader.load(type).stream().findAny().isPresent();
  }
}
