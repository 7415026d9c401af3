package io.github.nylaswebhook.test;

import io.github.nylaswebhook.destination.DestinationClient;
import io.github.nylaswebhook.destination.DestinationClient.Answer;
import io.github.nylaswebhook.destination.DestinationClient.Effect;
import io.github.nylaswebhook.ticket.Ticket;
import io.github.nylaswebhook.ticket.TicketRef;
import io.github.nylaswebhook.ticket.TicketRouter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.junit.jupiter.api.AfterEach;

/**
 * The contract on a destination that knows no keys, whose router looks before it repeats: so it is
 * known that a router like that can pass.
 */
class TicketRouterContractTest extends TicketRouterContract {
  private final Desk desk = new Desk();

  @AfterEach
  void closeDesk() {
    desk.close();
  }

  @Override
  protected TicketRouter router() {
    return new DeskRouter(desk.url());
  }

  @Override
  protected Standing destination() {
    return desk;
  }

  private static final class Desk extends DestinationStandIn implements Standing {
    /** By number: the mails in each, the one that opened it first; {@code !} before notes. */
    private final List<List<String>> tickets = new CopyOnWriteArrayList<>();

    @Override
    protected synchronized Reply answer(Call call) {
      String[] path = call.path().split("/", -1);
      String key = path[2];
      if (path[1].equals("find")) {
        for (int i = 0; i < tickets.size(); i++) {
          if (tickets.get(i).contains(key) || tickets.get(i).contains("!" + key)) {
            return Reply.text(200, "" + i);
          }
        }
        return Reply.of(200);
      }
      if (path[1].equals("open")) {
        tickets.add(new CopyOnWriteArrayList<>(List.of(key)));
        return Reply.text(201, "" + (tickets.size() - 1));
      }
      tickets.get(Integer.parseInt(path[3])).add(key);
      return Reply.text(200, path[3]);
    }

    @Override
    public List<String> tickets() {
      return tickets.stream().map(mails -> mails.get(0)).toList();
    }

    private List<String> after(String key) {
      return tickets.stream()
          .filter(mails -> mails.get(0).equals(key))
          .flatMap(mails -> mails.stream().skip(1))
          .toList();
    }

    @Override
    public List<String> appended(String key) {
      return after(key).stream().map(mail -> mail.replace("!", "")).toList();
    }

    @Override
    public List<String> notes(String key) {
      return after(key).stream()
          .filter(mail -> mail.startsWith("!"))
          .map(mail -> mail.replace("!", ""))
          .toList();
    }

    @Override
    public void close(String key) {}
  }

  private static final class DeskRouter implements TicketRouter, AutoCloseable {
    private final String url;
    private final DestinationClient client =
        DestinationClient.builder("desk").callTimeout(Duration.ofSeconds(1)).build();

    DeskRouter(String url) {
      this.url = url;
    }

    @Override
    public TicketRef route(Ticket ticket) {
      String key = ticket.idempotencyKey();
      if (ticket.repeated()) {
        String id = send("/find/" + key, "GET", Effect.REPEATABLE).body();
        if (!id.isEmpty()) {
          return TicketRef.of("desk", id);
        }
      }
      String path =
          ticket.isFollowUp()
              ? "/append/" + (ticket.note() ? "!" : "") + key + "/" + ticket.parent().id()
              : "/open/" + key;
      return TicketRef.of("desk", send(path, "POST", Effect.ONCE).body());
    }

    private Answer send(String path, String method, Effect effect) {
      RequestBody body = method.equals("GET") ? null : RequestBody.create(new byte[0]);
      Request request = new Request.Builder().url(url + path).method(method, body).build();
      return client.send(request, effect, path);
    }

    @Override
    public String destination() {
      return "desk";
    }

    @Override
    public boolean appends() {
      return true;
    }

    @Override
    public boolean idempotent() {
      return false;
    }

    @Override
    public void close() {
      client.close();
    }
  }
}
