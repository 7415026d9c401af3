package io.github.nylaswebhook.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Notes each route of each {@link FaultDesk}, in the order in which they happen, and outlives those
 * that are killed. Safe for use by many threads.
 */
final class Witness implements AutoCloseable {
  private final ServerSocket server;
  private final ExecutorService listening =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "witness");
            thread.setDaemon(true);
            return thread;
          });
  private final Map<String, List<Route>> routes = new HashMap<>();
  private final Map<String, String> keys = new HashMap<>();
  private final Map<String, Long> completedBy = new HashMap<>();
  private final Set<String> routed = new HashSet<>();
  private final Set<Long> killed = new HashSet<>();
  private final List<String> wrongs = new ArrayList<>();
  private int begun;

  private static final class Route {
    private final long pid;
    private final String messageId;
    private boolean underWay = true;
    private boolean ended;

    Route(long pid, String messageId) {
      this.pid = pid;
      this.messageId = messageId;
    }
  }

  Witness() throws IOException {
    server = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
    listening.execute(this::listen);
  }

  int port() {
    return server.getLocalPort();
  }

  /** The process was killed, and is dead. */
  synchronized void killed(long pid) {
    killed.add(pid);
  }

  /** The messages that have a ticket. */
  synchronized Set<String> routed() {
    return Set.copyOf(routed);
  }

  synchronized int routedCount() {
    return routed.size();
  }

  synchronized int begunCount() {
    return begun;
  }

  /** How many processes have made tickets. */
  synchronized long processes() {
    return routes.values().stream()
        .flatMap(List::stream)
        .filter(route -> route.ended)
        .map(route -> route.pid)
        .distinct()
        .count();
  }

  /** Messages that have several tickets, each with the same key. */
  synchronized long doubled() {
    return routes.values().stream().filter(all -> ended(all) > 1).count();
  }

  private static long ended(List<Route> all) {
    return all.stream().filter(route -> route.ended).count();
  }

  /**
   * Whatever is against the rule: a message is routed once, under one key, by one at a time. Only
   * what a process had begun to route, and hadn't completed when it was killed, may be routed once
   * more.
   */
  synchronized List<String> wrongs() {
    List<String> all = new ArrayList<>(wrongs);
    routes.forEach(
        (key, of) -> {
          for (int i = 0; i < of.size() - 1; i++) {
            Route route = of.get(i);
            if (route.ended && !killed.contains(route.pid)) {
              all.add(
                  "%s was routed by %d, which lived on, and once more by %d"
                      .formatted(key, route.pid, of.get(i + 1).pid));
            }
          }
        });
    return all;
  }

  private void listen() {
    try {
      while (true) {
        Socket socket = server.accept();
        listening.execute(() -> hear(socket));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void hear(Socket socket) {
    Route route = null;
    try (socket;
        BufferedReader words =
            new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8))) {
      for (String line; (line = words.readLine()) != null; ) {
        String[] said = line.split(" ", -1);
        switch (said[0]) {
          case "route" -> route = begins(Long.parseLong(said[1]), said[2], said[3]);
          case "routed" -> ends(route);
          case "completed" -> completed(Long.parseLong(said[1]), said[2]);
          default -> throw new IllegalArgumentException(line);
        }
        socket.getOutputStream().write("noted\n".getBytes(UTF_8));
      }
    } catch (IOException e) {
      // Killed in between.
    } finally {
      isOver(route);
    }
  }

  private synchronized Route begins(long pid, String key, String messageId) {
    begun++;
    String other = keys.putIfAbsent(messageId, key);
    if (other != null && !other.equals(key)) {
      wrongs.add(messageId + " is routed under two keys: " + other + " and " + key);
    }
    List<Route> before = routes.computeIfAbsent(key, none -> new ArrayList<>());
    for (Route one : before) {
      if (one.underWay) {
        wrongs.add(
            "%s (%s) is routed by %d while %d routes it".formatted(key, messageId, pid, one.pid));
      }
    }
    Long completed = completedBy.get(messageId);
    if (completed != null) {
      wrongs.add(
          "%s (%s) is routed by %d after %d has completed it"
              .formatted(key, messageId, pid, completed));
    }
    Route route = new Route(pid, messageId);
    before.add(route);
    return route;
  }

  private synchronized void ends(Route route) {
    route.ended = true;
    route.underWay = false;
    routed.add(route.messageId);
  }

  private synchronized void completed(long pid, String messageId) {
    completedBy.put(messageId, pid);
  }

  private synchronized void isOver(Route route) {
    if (route != null) {
      route.underWay = false;
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    listening.shutdownNow();
  }
}
