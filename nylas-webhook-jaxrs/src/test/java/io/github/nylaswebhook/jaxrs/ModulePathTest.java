package io.github.nylaswebhook.jaxrs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The published modules as an application with a module descriptor gets them. */
class ModulePathTest {
  private static final Set<String> PUBLISHED =
      Set.of(
          "io.github.nylaswebhook.core",
          "io.github.nylaswebhook.jaxrs",
          "io.github.nylaswebhook.test");

  @Test
  void theModulesResolveAndTheHandlerWorksInTheirs() throws Exception {
    // The test's own class path, less its tests: as modules, automatic where there is no
    // descriptor.
    Path[] path =
        Arrays.stream(classPath().split(File.pathSeparator, -1))
            .map(Path::of)
            .filter(Files::exists)
            .filter(entry -> !entry.endsWith("test-classes"))
            .toArray(Path[]::new);
    Configuration modules =
        ModuleLayer.boot()
            .configuration()
            .resolve(ModuleFinder.of(path), ModuleFinder.of(), PUBLISHED);
    ModuleLayer layer =
        ModuleLayer.boot()
            .defineModulesWithOneLoader(modules, ClassLoader.getPlatformClassLoader());
    for (String name : PUBLISHED) {
      assertThat(layer.findModule(name).orElseThrow().getDescriptor().isAutomatic())
          .as(name)
          .isFalse();
    }
    Class<?> handler =
        layer
            .findLoader("io.github.nylaswebhook.core")
            .loadClass("io.github.nylaswebhook.WebhookHandler");
    assertThat(handler.getModule().isNamed()).isTrue();
    Object builder = handler.getMethod("builder").invoke(null);
    builder.getClass().getMethod("webhookSecret", String.class).invoke(builder, "secret");
    Object client =
        layer
            .findLoader("io.github.nylaswebhook.core")
            .loadClass("io.github.nylaswebhook.nylas.NylasClient")
            .getMethod("builder", String.class)
            .invoke(null, "key");
    client = client.getClass().getMethod("build").invoke(client);
    builder.getClass().getMethod("nylas", client.getClass()).invoke(builder, client);
    try (AutoCloseable built =
        (AutoCloseable) builder.getClass().getMethod("build").invoke(builder)) {
      Object health = built.getClass().getMethod("health").invoke(built);
      assertThat(health.getClass().getMethod("isUp").invoke(health)).isEqualTo(true);
    }
    assertThat(
            layer
                .findModule("io.github.nylaswebhook.core")
                .orElseThrow()
                .isExported("io.github.nylaswebhook.internal"))
        .isFalse();
  }

  private static String classPath() {
    // Surefire's own class path is a jar with a manifest; this is what it stands for.
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }
}
