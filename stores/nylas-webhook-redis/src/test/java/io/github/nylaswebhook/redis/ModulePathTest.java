package io.github.nylaswebhook.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The store as an application with a module descriptor gets it: Lettuce itself has none. */
class ModulePathTest {
  private static final String MODULE = "io.github.nylaswebhook.redis";

  /** Everything is loaded a second time here. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Test
  void theModuleResolvesAndReachesRedis() throws Exception {
    // The test's own class path, less its tests; what only tests use isn't asked for.
    Path[] path =
        Arrays.stream(
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path"))
                    .split(File.pathSeparator, -1))
            .map(Path::of)
            .filter(Files::exists)
            .filter(entry -> !entry.endsWith("test-classes"))
            .toArray(Path[]::new);
    Configuration modules =
        ModuleLayer.boot()
            .configuration()
            .resolve(ModuleFinder.of(path), ModuleFinder.of(), Set.of(MODULE));
    ModuleLayer layer =
        ModuleLayer.boot()
            .defineModulesWithOneLoader(modules, ClassLoader.getPlatformClassLoader());
    assertThat(layer.findModule(MODULE).orElseThrow().getDescriptor().isAutomatic()).isFalse();

    // Lettuce finds some of its own classes by it, and the class path has them all a second time.
    Thread.currentThread().setContextClassLoader(layer.findLoader(MODULE));
    try (TestRedis redis = TestRedis.start()) {
      Class<?> type = layer.findLoader(MODULE).loadClass(RedisDedupStore.class.getName());
      assertThat(type.getModule().isNamed()).isTrue();
      Object builder = type.getMethod("builder", String.class).invoke(null, redis.url());
      patient(builder);
      try (AutoCloseable store =
          (AutoCloseable) builder.getClass().getMethod("build").invoke(builder)) {
        Object claim =
            type.getMethod("claim", String.class, Duration.class)
                .invoke(store, "key", Duration.ofMinutes(1));
        assertThat(claim.getClass().getSimpleName()).isEqualTo("Claimed");
      }
      Object limiter =
          layer
              .findLoader(MODULE)
              .loadClass(RedisGrantLimiter.class.getName())
              .getMethod("builder", String.class)
              .invoke(null, redis.url());
      patient(limiter);
      try (AutoCloseable built =
          (AutoCloseable) limiter.getClass().getMethod("build").invoke(limiter)) {
        Class<?> limit =
            layer.findLoader(MODULE).loadClass("io.github.nylaswebhook.nylas.RateLimit");
        assertThat(
                built
                    .getClass()
                    .getMethod("reserve", String.class, limit)
                    .invoke(built, "key", limit.getField("NYLAS_PER_GRANT").get(null)))
            .isNotNull();
      }
    } finally {
      Thread.currentThread().setContextClassLoader(getClass().getClassLoader());
    }
  }

  private static void patient(Object builder) throws Exception {
    assertThat(
            builder
                .getClass()
                .getMethod("commandTimeout", Duration.class)
                .invoke(builder, PATIENCE))
        .isSameAs(builder);
  }
}
