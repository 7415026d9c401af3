package io.github.nylaswebhook.test;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.WebhookRequest;
import io.github.nylaswebhook.WebhookResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import okio.ByteString;

/** A server on the loopback interface that answers as a test says, and keeps what it was sent. */
final class TestServer implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Queue<Request> requests = new ConcurrentLinkedQueue<>();

  /** A request as it came. */
  record Request(String method, String uri, Headers headers, ByteString body) {}

  /** Gives one answer. */
  interface Answer {
    void to(HttpExchange exchange, Request request) throws IOException;
  }

  private TestServer(Answer answer) throws IOException {
    System.setProperty("sun.net.httpserver.nodelay", "true");
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 512);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            Request request =
                new Request(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    exchange.getRequestHeaders(),
                    ByteString.of(exchange.getRequestBody().readAllBytes()));
            requests.add(request);
            answer.to(exchange, request);
          }
        });
    server.start();
  }

  static TestServer start(Answer answer) throws IOException {
    return new TestServer(answer);
  }

  /** Always the same status, headers and body. */
  static TestServer answering(int status, Map<String, String> headers, String body)
      throws IOException {
    return start((exchange, request) -> send(exchange, status, headers, body.getBytes(UTF_8)));
  }

  /** An adapter as small as they get: what a user without a framework writes. */
  static TestServer endpoint(WebhookHandler handler) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 512);
    return new TestServer(
        server,
        exchange -> {
          try (exchange) {
            String length = exchange.getRequestHeaders().getFirst("Content-Length");
            WebhookResponse answer =
                handler.handle(
                    new WebhookRequest(
                        exchange.getRequestMethod(),
                        exchange.getRequestURI().getRawQuery(),
                        exchange.getRequestHeaders(),
                        exchange.getRequestBody(),
                        length == null ? -1 : Long.parseLong(length)));
            send(exchange, answer.status(), answer.headers(), answer.bodyBytes());
          }
        });
  }

  private TestServer(HttpServer server, com.sun.net.httpserver.HttpHandler handler) {
    this.server = server;
    server.setExecutor(threads);
    server.createContext("/", handler);
    server.start();
  }

  static void send(HttpExchange exchange, int status, Map<String, String> headers, byte[] body)
      throws IOException {
    headers.forEach(
        (name, value) -> {
          if (!name.equalsIgnoreCase("Content-Length")) {
            exchange.getResponseHeaders().set(name, value);
          }
        });
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  List<Request> requests() {
    return List.copyOf(requests);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
