package io.github.nylaswebhook.zendesk;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.nylaswebhook.zendesk.FakeZendesk.Call;
import io.github.nylaswebhook.zendesk.FakeZendesk.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** A {@link FakeZendesk} on a socket, which fails as a test says. */
final class ZendeskServer implements AutoCloseable {
  final FakeZendesk zendesk;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
  private final Queue<Planned> faults = new ConcurrentLinkedQueue<>();
  private final CountDownLatch closing = new CountDownLatch(1);

  /** What is to become of the next request to such a path. */
  private record Planned(String method, String path, Fault fault) {}

  /** Gives the answer, or whatever it gives instead. */
  interface Fault {
    /** Null for no answer at all. */
    @Nullable Reply answer(Call call, FakeZendesk zendesk);
  }

  static final Fault DONE_AND_SILENT =
      (call, zendesk) -> {
        zendesk.answer(call);
        return null;
      };

  static Fault refused(int status, Map<String, String> headers) {
    return (call, zendesk) -> new Reply(status, headers, "{}");
  }

  ZendeskServer(FakeZendesk zendesk) throws IOException {
    this.zendesk = zendesk;
    System.setProperty("sun.net.httpserver.nodelay", "true");
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 512);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
  }

  /** The next request of this method to a path that ends so fails so. */
  void next(String method, String path, Fault fault) {
    faults.add(new Planned(method, path, fault));
  }

  List<Call> calls() {
    return List.copyOf(calls);
  }

  /** The calls as {@code METHOD path}. */
  List<String> lines() {
    return calls.stream().map(call -> call.method() + " " + call.path()).toList();
  }

  void forget() {
    calls.clear();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Map<String, String> headers = new HashMap<>();
      exchange
          .getRequestHeaders()
          .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.get(0)));
      String path = exchange.getRequestURI().getPath();
      boolean upload = path.equals("/api/v2/uploads.json");
      Call call =
          new Call(
              exchange.getRequestMethod(),
              path,
              Call.query(exchange.getRequestURI().getRawQuery()),
              headers,
              upload ? "" : new String(exchange.getRequestBody().readAllBytes(), UTF_8));
      calls.add(call);
      Fault fault = fault(call);
      Reply reply;
      if (fault != null) {
        reply = fault.answer(call, zendesk);
      } else if (upload) {
        reply = zendesk.upload(call.query().getOrDefault("filename", ""), count(exchange));
      } else {
        reply = zendesk.answer(call);
      }
      if (reply == null) {
        // The client's time-out comes first.
        closing.await();
        return;
      }
      reply.headers().forEach(exchange.getResponseHeaders()::set);
      byte[] body = reply.body().getBytes(UTF_8);
      exchange.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long count(HttpExchange exchange) throws IOException {
    byte[] buffer = new byte[16 << 10];
    long count = 0;
    InputStream in = exchange.getRequestBody();
    for (int n; (n = in.read(buffer)) >= 0; ) {
      count += n;
    }
    return count;
  }

  private @Nullable Fault fault(Call call) {
    return faults.stream()
        .filter(planned -> planned.method().equals(call.method()))
        .filter(planned -> call.path().endsWith(planned.path()))
        .findFirst()
        .filter(faults::remove)
        .map(Planned::fault)
        .orElse(null);
  }

  @Override
  public void close() {
    closing.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
