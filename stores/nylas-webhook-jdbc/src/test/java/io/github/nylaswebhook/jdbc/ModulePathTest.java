package io.github.nylaswebhook.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The published module as an application with a module descriptor gets it. */
class ModulePathTest {
  private static final String MODULE = "io.github.nylaswebhook.jdbc";

  @TempDir private Path folder;

  @Test
  void theModuleResolvesAndItsInboxWorksInIt() throws Exception {
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
            .resolve(
                ModuleFinder.of(path), ModuleFinder.of(), Set.of(MODULE, "org.xerial.sqlitejdbc"));
    ModuleLayer layer =
        ModuleLayer.boot()
            .defineModulesWithOneLoader(modules, ClassLoader.getPlatformClassLoader());
    Module module = layer.findModule(MODULE).orElseThrow();
    assertThat(module.getDescriptor().isAutomatic()).isFalse();
    ClassLoader loader = layer.findLoader(MODULE);
    Class<?> embedded = loader.loadClass(MODULE + ".EmbeddedDatabase");
    assertThat(embedded.getModule()).isEqualTo(module);
    // The script is found in the module, and db-scheduler is read from it.
    try (AutoCloseable database =
        (AutoCloseable)
            embedded.getMethod("open", Path.class).invoke(null, folder.resolve("desk.db"))) {
      Object dataSource = embedded.getMethod("dataSource").invoke(database);
      Object builder =
          loader
              .loadClass(MODULE + ".JdbcInbox")
              .getMethod("builder", DataSource.class)
              .invoke(null, dataSource);
      try (AutoCloseable inbox =
          (AutoCloseable) builder.getClass().getMethod("build").invoke(builder)) {
        Class<?> processor = loader.loadClass("io.github.nylaswebhook.inbox.DeliveryProcessor");
        Object nobody =
            java.lang.reflect.Proxy.newProxyInstance(
                loader, new Class<?>[] {processor}, (proxy, method, arguments) -> null);
        inbox.getClass().getMethod("start", processor).invoke(inbox, nobody);
      }
    }
  }

  private static String classPath() {
    // Surefire's own class path is a jar with a manifest; this is what it stands for.
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }
}
