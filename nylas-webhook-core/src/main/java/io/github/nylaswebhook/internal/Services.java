package io.github.nylaswebhook.internal;

import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** Implementations that are found rather than given. */
public final class Services {
  private Services() {}

  /**
   * The one that {@link ServiceLoader} finds, if there is one.
   *
   * @throws IllegalStateException if there are several, for then the choice is the application's
   */
  public static <T> Optional<T> only(ServiceLoader<T> loader) {
    List<ServiceLoader.Provider<T>> found = loader.stream().toList();
    if (found.size() > 1) {
      throw new IllegalStateException(
          "ServiceLoader finds several "
              + found.get(0).type().getName()
              + " and the like: "
              + found.stream().map(provider -> provider.type().getName()).toList()
              + "; give the builder the one you want");
    }
    return found.stream().findFirst().map(ServiceLoader.Provider::get);
  }
}
