package io.github.nylaswebhook.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * The floor: the support desk's Jetty, with a servlet that reads the body, computes the HMAC,
 * compares it, and answers 200.
 */
public final class BareServer {
  private BareServer() {}

  public static void main(String[] args) throws Exception {
    Server server = new Server();
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(http));
    connector.setPort(Integer.parseInt(args[0]));
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler();
    context.addServlet(
        new ServletHolder(new BareServlet(System.getenv("NYLAS_WEBHOOK_SECRET"))),
        LoadBenchmark.PATH);
    server.setHandler(context);
    server.start();
    System.out.println("Listening on port " + connector.getLocalPort());
    server.join();
  }

  private static final class BareServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    private final SecretKeySpec key;

    BareServlet(String secret) {
      key = new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256");
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      byte[] body = request.getInputStream().readAllBytes();
      try {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(key);
        String signature = HexFormat.of().formatHex(mac.doFinal(body));
        response.setStatus(signature.equals(request.getHeader("X-Nylas-Signature")) ? 200 : 401);
        response.setContentLength(0);
      } catch (GeneralSecurityException e) {
        throw new IOException(e);
      }
    }
  }
}
