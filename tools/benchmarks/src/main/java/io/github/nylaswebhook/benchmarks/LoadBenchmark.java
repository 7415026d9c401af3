package io.github.nylaswebhook.benchmarks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.Mail;
import io.github.nylaswebhook.test.SignedDelivery;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many deliveries a second the support desk takes, beside {@link BareServer}: both in processes
 * of their own, loaded in turn over kept connections, each delivery a new one. The desk processes
 * what it has taken meanwhile, as it does in earnest: it fetches from a fake Nylas within Nylas'
 * limits.
 *
 * <pre>{@code
 * java -cp tools/benchmarks/target/benchmarks.jar io.github.nylaswebhook.benchmarks.LoadBenchmark \
 *     samples/support-desk/target/support-desk.jar
 * }</pre>
 */
public final class LoadBenchmark {
  static final String PATH = "/webhooks/nylas";

  private static final String SECRET = "load-benchmark-secret";
  private static final int BODY_BYTES = 3_500;
  private static final int CONNECTIONS = 16;
  private static final int DELIVERIES = 20_000;
  private static final int WARM_UPS = 8;
  private static final int ROUNDS = 9;

  private final AtomicInteger ids = new AtomicInteger();

  private LoadBenchmark() {}

  public static void main(String[] args) throws Exception {
    if (args.length != 1) {
      System.err.println("Give the path of support-desk.jar");
      System.exit(2);
    }
    new LoadBenchmark().run(Path.of(args[0]));
  }

  private void run(Path desk) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String own = System.getProperty("java.class.path");
    try (FakeNylas nylas = FakeNylas.start();
        Server bare = new Server(nylas, java, "-cp", own, BareServer.class.getName(), "0");
        Server supportDesk = new Server(nylas, java, "-jar", desk.toString())) {
      List<Double> floor = new ArrayList<>();
      List<Double> ours = new ArrayList<>();
      for (int round = -WARM_UPS; round < ROUNDS; round++) {
        double one = load(nylas, bare.port);
        double other = load(nylas, supportDesk.port);
        System.out.printf(
            Locale.ROOT,
            "%s bare %.0f/s, support desk %.0f/s, ratio %.2f%n",
            round < 0 ? "warm-up" : "round " + (round + 1),
            one,
            other,
            other / one);
        if (round >= 0) {
          floor.add(one);
          ours.add(other);
        } else if (round == -1) {
          bare.startClock();
          supportDesk.startClock();
        }
      }
      System.out.printf(
          Locale.ROOT,
          "processor time a delivery: bare %.1f us, support desk %.1f us%n",
          bare.microsPerDelivery(),
          supportDesk.microsPerDelivery());
      System.out.printf(
          Locale.ROOT,
          "median: bare %.0f/s, support desk %.0f/s, ratio %.2f%n",
          median(floor),
          median(ours),
          median(ours) / median(floor));
    }
  }

  /** Deliveries a second, all answered 200. */
  private double load(FakeNylas nylas, int port) throws Exception {
    List<List<byte[]>> requests = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      List<byte[]> own = new ArrayList<>();
      for (int j = 0; j < DELIVERIES / CONNECTIONS; j++) {
        own.add(request(nylas));
      }
      requests.add(own);
    }
    ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
    try {
      long start = System.nanoTime();
      List<Callable<Void>> senders = new ArrayList<>();
      requests.forEach(own -> senders.add(() -> send(port, own)));
      for (Future<Void> sender : threads.invokeAll(senders)) {
        sender.get();
      }
      return DELIVERIES * 1e9 / (System.nanoTime() - start);
    } finally {
      threads.shutdownNow();
    }
  }

  private byte[] request(FakeNylas nylas) {
    String id = "message-" + ids.incrementAndGet();
    nylas.add(Mail.of(Bodies.GRANT, id));
    SignedDelivery delivery = Bodies.created(id, BODY_BYTES).sign(SECRET);
    byte[] body = delivery.body();
    StringBuilder head = new StringBuilder("POST " + PATH + " HTTP/1.1\r\nHost: localhost\r\n");
    delivery.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    head.append("Content-Length: " + body.length + "\r\n\r\n");
    byte[] first = head.toString().getBytes(ISO_8859_1);
    byte[] request = new byte[first.length + body.length];
    System.arraycopy(first, 0, request, 0, first.length);
    System.arraycopy(body, 0, request, first.length, body.length);
    return request;
  }

  private static Void send(int port, List<byte[]> requests) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      OutputStream out = socket.getOutputStream();
      InputStream in = new BufferedInputStream(socket.getInputStream(), 4096);
      for (byte[] request : requests) {
        out.write(request);
        readAnswer(in);
      }
      return null;
    }
  }

  /** Status 200, headers, and no body. */
  private static void readAnswer(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
      int b = in.read();
      if (b < 0) {
        throw new IOException("The server has hung up");
      }
      head.append((char) b);
    }
    if (!head.toString().startsWith("HTTP/1.1 200")) {
      throw new IOException("Not answered 200: " + head.substring(0, head.indexOf("\r\n")));
    }
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  /** A server in a process of its own, on a port that it says. */
  private static final class Server implements AutoCloseable {
    private final Process process;
    private final int port;
    private Duration cpuAtStart = Duration.ZERO;

    Server(FakeNylas nylas, String... command) throws IOException {
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().put("PORT", "0");
      builder.environment().put("NYLAS_WEBHOOK_SECRET", SECRET);
      builder.environment().put("NYLAS_API_KEY", nylas.apiKey());
      builder.environment().put("NYLAS_API_URL", nylas.url());
      builder.redirectError(ProcessBuilder.Redirect.DISCARD);
      process = builder.start();
      BufferedReader output =
          new BufferedReader(new InputStreamReader(process.getInputStream(), ISO_8859_1));
      String line = output.readLine();
      if (line == null || !line.matches("Listening on .*?[0-9]+(/.*)?")) {
        throw new IOException("The server doesn't start: " + line);
      }
      port = Integer.parseInt(line.replaceAll("^\\D+([0-9]+).*$", "$1"));
    }

    void startClock() {
      cpuAtStart = cpu();
    }

    double microsPerDelivery() {
      return cpu().minus(cpuAtStart).toNanos() / 1e3 / (ROUNDS * DELIVERIES);
    }

    private Duration cpu() {
      return process.toHandle().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
