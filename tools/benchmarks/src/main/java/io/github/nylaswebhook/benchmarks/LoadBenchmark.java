package io.github.nylaswebhook.benchmarks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.nylaswebhook.notification.TriggerType;
import io.github.nylaswebhook.test.FakeNylas;
import io.github.nylaswebhook.test.SignedDelivery;
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
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * How many deliveries a second the support desk takes, beside {@link BareServer}: both in processes
 * of their own, loaded in turn over kept connections, each delivery a new one. What the desk has
 * taken it processes meanwhile, as it does in earnest. Twice: with trackers' notifications, about
 * which there is nothing to fetch, and with new mail, which is fetched from a fake Nylas on the
 * same processors as fast as Nylas' limit for one grant allows, while the rest of it waits in
 * memory.
 *
 * <p>Or the endpoint alone, in {@link TomcatServer} or {@link JerseyServer}, beside a bare one on
 * the same container; with trackers' notifications.
 *
 * <pre>{@code
 * java -cp tools/benchmarks/target/benchmarks.jar io.github.nylaswebhook.benchmarks.LoadBenchmark \
 *     samples/support-desk/target/support-desk.jar|tomcat|jersey
 * }</pre>
 *
 * <p>With {@code -Ddeliveries=1600}, a multiple of 16, rounds are shorter than figures need, and
 * show whether it works; {@code -Drounds=15} makes more of them.
 */
public final class LoadBenchmark {
  static final String PATH = "/webhooks/nylas";

  private static final String SECRET = "load-benchmark-secret";
  private static final int BODY_BYTES = 3_500;
  private static final int CONNECTIONS = 16;
  private static final int DELIVERIES = Integer.getInteger("deliveries", 48_000);
  private static final int WARM_UPS = 4;
  private static final long SETTLE_MILLIS = 300;
  private static final int ROUNDS = Integer.getInteger("rounds", 7);

  private final AtomicInteger ids = new AtomicInteger();

  /** A request whose ids and signature are written over. */
  private final byte[] template;

  private final List<Integer> idsAt = new ArrayList<>();
  private final int signatureAt;
  private final int bodyAt;

  private LoadBenchmark(TriggerType trigger) {
    String id = "%012d".formatted(0);
    SignedDelivery delivery =
        Bodies.created(id, BODY_BYTES).with("type", trigger.value()).sign(SECRET);
    StringBuilder head = new StringBuilder("POST " + PATH + " HTTP/1.1\r\nHost: localhost\r\n");
    delivery.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    head.append("Content-Length: " + delivery.body().length + "\r\n\r\n");
    String request = head + new String(delivery.body(), ISO_8859_1);
    template = request.getBytes(ISO_8859_1);
    bodyAt = head.length();
    signatureAt = request.indexOf(delivery.signature());
    for (int at = 0; (at = request.indexOf(id, at)) >= 0; at += id.length()) {
      idsAt.add(at);
    }
  }

  public static void main(String[] args) throws Exception {
    if (args.length != 1) {
      System.err.println("Give the path of support-desk.jar, or say tomcat or jersey");
      System.exit(2);
    }
    if (DELIVERIES < CONNECTIONS || DELIVERIES % CONNECTIONS != 0) {
      System.err.println("deliveries must be a multiple of " + CONNECTIONS + ", not " + DELIVERIES);
      System.exit(2);
    }
    if (ROUNDS < 1) {
      System.err.println("rounds must be 1 or more, not " + ROUNDS);
      System.exit(2);
    }
    switch (args[0]) {
      case "tomcat" -> endpoint(TomcatServer.version(), TomcatServer.class);
      case "jersey" -> endpoint(JerseyServer.version(), JerseyServer.class);
      default -> supportDesk(Path.of(args[0]));
    }
  }

  private static void supportDesk(Path jar) throws Exception {
    for (TriggerType trigger : List.of(TriggerType.MESSAGE_OPENED, TriggerType.MESSAGE_CREATED)) {
      System.out.println(trigger);
      try (FakeNylas nylas = FakeNylas.start().addGrant(Bodies.GRANT);
          Server bare = own(BareServer.class, "0");
          Server desk =
              new Server(
                  Map.of(
                      "PORT", "0", "NYLAS_API_KEY", nylas.apiKey(), "NYLAS_API_URL", nylas.url()),
                  "-jar",
                  jar.toString(),
                  "--memory")) {
        new LoadBenchmark(trigger).compare(bare, "support desk", desk);
      }
    }
  }

  private static void endpoint(String container, Class<?> server) throws Exception {
    System.out.println(container + ", " + TriggerType.MESSAGE_OPENED);
    try (Server bare = own(server, "bare");
        Server endpoint = own(server, "endpoint")) {
      new LoadBenchmark(TriggerType.MESSAGE_OPENED).compare(bare, "endpoint", endpoint);
    }
  }

  /** One of those in this jar. */
  private static Server own(Class<?> server, String argument) throws IOException {
    return new Server(
        Map.of(), "-cp", System.getProperty("java.class.path"), server.getName(), argument);
  }

  private void compare(Server bare, String name, Server ours) throws Exception {
    List<Double> floor = new ArrayList<>();
    List<Double> rates = new ArrayList<>();
    for (int round = -WARM_UPS; round < ROUNDS; round++) {
      ours.settle();
      double one = load(bare.port);
      double other = load(ours.port);
      System.out.printf(
          Locale.ROOT,
          "%s bare %.0f/s, %s %.0f/s, ratio %.2f%n",
          round < 0 ? "warm-up" : "round " + (round + 1),
          one,
          name,
          other,
          other / one);
      if (round >= 0) {
        floor.add(one);
        rates.add(other);
      } else if (round == -1) {
        bare.startClock();
        ours.startClock();
      }
    }
    System.out.printf(
        Locale.ROOT,
        "processor time a delivery: bare %.1f us, %s %.1f us%n",
        bare.microsPerDelivery(),
        name,
        ours.microsPerDelivery());
    System.out.printf(
        Locale.ROOT,
        "median: bare %.0f/s, %s %.0f/s, ratio %.2f%n",
        median(floor),
        name,
        median(rates),
        median(rates) / median(floor));
  }

  /** Deliveries a second, all answered 200. */
  private double load(int port) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
    try {
      List<Callable<Void>> senders = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        senders.add(() -> send(port));
      }
      long start = System.nanoTime();
      for (Future<Void> sender : threads.invokeAll(senders)) {
        sender.get();
      }
      return DELIVERIES * 1e9 / (System.nanoTime() - start);
    } finally {
      threads.shutdownNow();
    }
  }

  private Void send(int port) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(SECRET.getBytes(UTF_8), "HmacSHA256"));
    byte[] request = template.clone();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      OutputStream out = socket.getOutputStream();
      InputStream in = socket.getInputStream();
      byte[] answer = new byte[4096];
      for (int i = 0; i < DELIVERIES / CONNECTIONS; i++) {
        byte[] id = String.format("%012d", ids.incrementAndGet()).getBytes(ISO_8859_1);
        for (int at : idsAt) {
          System.arraycopy(id, 0, request, at, id.length);
        }
        mac.update(request, bodyAt, request.length - bodyAt);
        byte[] signature = HexFormat.of().formatHex(mac.doFinal()).getBytes(ISO_8859_1);
        System.arraycopy(signature, 0, request, signatureAt, signature.length);
        out.write(request);
        readAnswer(in, answer);
      }
      return null;
    }
  }

  /** Status 200, headers, and no body; nothing comes after it before the next request. */
  private static void readAnswer(InputStream in, byte[] answer) throws IOException {
    int length = 0;
    while (length < 4 || answer[length - 1] != '\n' || answer[length - 3] != '\n') {
      int n = in.read(answer, length, answer.length - length);
      if (n <= 0) {
        throw new IOException("The server has hung up, or says more than it should");
      }
      length += n;
    }
    if (!new String(answer, 0, 12, ISO_8859_1).equals("HTTP/1.1 200")) {
      throw new IOException("Not answered 200: " + new String(answer, 0, length, ISO_8859_1));
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

    Server(Map<String, String> environment, String... arguments) throws IOException {
      List<String> command = new ArrayList<>(List.of(arguments));
      command.add(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().put("NYLAS_WEBHOOK_SECRET", SECRET);
      builder.environment().putAll(environment);
      builder.redirectError(ProcessBuilder.Redirect.DISCARD);
      process = builder.start();
      BufferedReader output =
          new BufferedReader(new InputStreamReader(process.getInputStream(), ISO_8859_1));
      String line;
      do {
        line = output.readLine();
        if (line == null) {
          throw new IOException("The server doesn't start");
        }
        // The desk says first where it keeps things.
      } while (!line.matches("Listening on .*?[0-9]+(/.*)?"));
      port = Integer.parseInt(line.replaceAll("^\\D+([0-9]+).*$", "$1"));
    }

    void startClock() {
      cpuAtStart = cpu();
    }

    double microsPerDelivery() {
      return cpu().minus(cpuAtStart).toNanos() / 1e3 / (ROUNDS * DELIVERIES);
    }

    /** Waits until what it goes on with by itself is little: no one's load is to be another's. */
    void settle() throws InterruptedException {
      long busy;
      do {
        Duration before = cpu();
        TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
        busy = cpu().minus(before).toMillis();
      } while (busy > SETTLE_MILLIS / 3);
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
