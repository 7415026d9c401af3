package io.github.nylaswebhook.benchmarks;

import io.github.nylaswebhook.servlet.NylasWebhookServlet;
import jakarta.servlet.http.HttpServlet;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.util.ServerInfo;

/** Tomcat with the endpoint's servlet, or with a {@link BareServlet}. */
public final class TomcatServer {
  private TomcatServer() {}

  static String version() {
    return "Tomcat " + ServerInfo.getServerNumber().replaceFirst("\\.0$", "");
  }

  public static void main(String[] args) throws Exception {
    String secret = System.getenv("NYLAS_WEBHOOK_SECRET");
    HttpServlet servlet =
        args[0].equals("bare")
            ? new BareServlet(secret)
            : new NylasWebhookServlet(DefaultHandler.create(secret));
    // Beside the jar, so that what it leaves there goes with the build.
    Path jar =
        Path.of(TomcatServer.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path folder = Files.createDirectories(jar.resolveSibling("tomcat"));
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(folder.toString());
    tomcat.setPort(0);
    // Or it would close each connection after a hundred deliveries.
    tomcat.getConnector().setProperty("maxKeepAliveRequests", "-1");
    Context context = tomcat.addContext("", folder.toString());
    Tomcat.addServlet(context, "nylas", servlet).addMapping(LoadBenchmark.PATH);
    tomcat.start();
    System.out.println("Listening on port " + tomcat.getConnector().getLocalPort());
    tomcat.getServer().await();
  }
}
