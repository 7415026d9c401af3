package io.github.nylaswebhook.containers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.core.StandardService;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.scan.StandardJarScanner;

/** A Tomcat on a free port. */
final class TestTomcat {
  private final Tomcat tomcat = new Tomcat();

  TestTomcat() {
    tomcat.setBaseDir(folder().toString());
    tomcat.setPort(0);
    // It has a servlet for JSPs, which nobody needs here.
    tomcat.setAddDefaultWebXmlToWebapp(false);
    tomcat.getConnector();
    ((StandardService) tomcat.getService()).setGracefulStopAwaitMillis(10_000);
  }

  private static Path folder() {
    try {
      Path target = Files.createDirectories(Path.of("target", "tomcat").toAbsolutePath());
      return Files.createTempDirectory(target, "base");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An application without files. */
  Context context(String path) {
    return tomcat.addContext(path, folder().toString());
  }

  /** An application as it is deployed: a folder with WEB-INF. */
  Context application(String path, Path folder) {
    Context context = tomcat.addWebapp(path, folder.toString());
    // Fragments and tag libraries of all jars here: it takes seconds, and there are none.
    ((StandardJarScanner) context.getJarScanner()).setScanClassPath(false);
    return context;
  }

  void start() throws LifecycleException {
    tomcat.start();
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + tomcat.getConnector().getLocalPort() + path);
  }

  void stop() throws LifecycleException {
    tomcat.stop();
    tomcat.destroy();
  }
}
