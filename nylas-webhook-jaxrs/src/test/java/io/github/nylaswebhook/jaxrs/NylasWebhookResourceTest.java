package io.github.nylaswebhook.jaxrs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.message.Message;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class NylasWebhookResourceTest {
  private static final Path SOURCE =
      Path.of("src/main/java/io/github/nylaswebhook/jaxrs/NylasWebhookResource.java");

  @Test
  void staysUnderAHundredLinesOfCode() throws IOException {
    assertThat(Files.readAllLines(SOURCE).stream().filter(line -> !line.matches("\\s*(/?\\*.*|)")))
        .hasSizeLessThan(100);
  }

  @Test
  void isThereWithoutAnyClassOfCdi() throws Exception {
    ClassLoader parent = getClass().getClassLoader();
    URL[] own = {NylasWebhookResource.class.getProtectionDomain().getCodeSource().getLocation()};
    ClassLoader withoutCdi =
        new ClassLoader(ClassLoader.getPlatformClassLoader()) {
          @Override
          protected Class<?> findClass(String name) throws ClassNotFoundException {
            if (name.startsWith("jakarta.enterprise") || name.startsWith("jakarta.inject")) {
              throw new ClassNotFoundException(name);
            }
            return parent.loadClass(name);
          }
        };
    try (URLClassLoader loader = new OwnFirst(own, withoutCdi)) {
      Class<?> resource = loader.loadClass(NylasWebhookResource.class.getName());
      assertThat(resource).isNotEqualTo(NylasWebhookResource.class);
      assertThat(resource.getAnnotations()).hasSize(1);
      assertThat(resource.getConstructors()).hasSize(3);
      try (WebhookHandler handler =
          WebhookHandler.builder()
              .webhookSecret("x")
              .messageFetcher(ref -> Message.builder(ref.grantId(), ref.messageId()).build())
              .build()) {
        assertThat(resource.getConstructor(WebhookHandler.class).newInstance(handler)).isNotNull();
      }
    }
  }

  /** Loads the adapter's classes itself, and all others from its parent. */
  private static final class OwnFirst extends URLClassLoader {
    OwnFirst(URL[] urls, ClassLoader parent) {
      super(urls, parent);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("io.github.nylaswebhook.jaxrs.")) {
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? findClass(name) : loaded;
      }
      return super.loadClass(name, resolve);
    }
  }
}
