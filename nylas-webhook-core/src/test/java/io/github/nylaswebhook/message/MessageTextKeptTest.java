package io.github.nylaswebhook.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What customers write that looks like a mark of a mailer, a lawyer or a list. */
class MessageTextKeptTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Hi,\nI want to cancel.\nUnsubscribe from this plan please.\nAnd refund me.\nThanks\nBob",
        "Hi,\nI wrote to you twice.\nYou received this order on Monday.\nPlease refund it.\nBob",
        "Hi,\nthe app fails.\nThis email was sent to me by mistake.\nDelete my account.\nBob",
        "Hi,\nit fails.\nThis message contains the errors I see:\nError 500\nPlease fix\nBob",
        "Hi,\nno answer.\nThis communication problem must end.\nI want a refund.\nBob",
        "Hi,\nit is broken.\nIf you have received this parcel back, refund me.\nOrder 4711\nBob",
        "Hi,\nit is broken.\nIf you don't want to lose me, refund me.\nOrder 4711\nBob",
        "Hallo,\nes geht nicht.\nWenn Sie keine Lösung haben, kündige ich.\nBis Freitag.\nBob",
        "Hallo,\nes geht nicht.\nWenn Sie nicht der Meinung sind, sagen Sie es.\nBis Freitag.\nBob",
        "Hola,\nno funciona.\nSi no desea perder un cliente, devuelva mi dinero.\nAna",
        "Beste,\nhet werkt niet.\nAls u geen oplossing heeft, wil ik mijn geld terug.\nJan",
        "Ciao,\nnon va.\nAi sensi del codice del consumo recedo dal contratto.\nOrdine 4711\nMario",
        "Hej,\ndet går inte.\nOm du inte vill hjälpa mig, säg det.\nBo",
        "Hei,\nse ei toimi.\nJos et ole varma, kysy minulta.\nMatti",
        "Dzień dobry,\nnie działa.\nTa wiadomość wyświetla się zawsze.\nProszę o pomoc.\nJan",
        "Dobrý den,\nnefunguje to.\nTato zpráva se zobrazí vždy.\nProsím o pomoc.\nJan",
        "Добрый день,\nне работает.\nДанное сообщение появляется всегда.\nПомогите.\nИван",
        "Hej,\ndet går inte.\nDetta meddelande visas varje gång.\nHjälp mig.\nBo",
        "Merhaba,\nçalışmıyor.\nBu ileti her seferinde çıkıyor.\nYardım edin.\nCan",
        "こんにちは\n動きません。\nこのメッセージには困っています。\n返金してください。\n田中",
        "안녕하세요\n안 됩니다.\n이 메시지는 매번 나옵니다.\n환불해 주세요.\n김",
        "You have a new message:\n\nFrom: Ann <ann@x.example>\nSubject: Broken\n\nIt is broken.",
      })
  void staysInTheBody(String text) {
    Message message = Message.builder("g", "m").subject("Problem").body(text).build();
    MessageText own = MessageText.of(message);
    assertThat(own.body()).isEqualTo(text);
    assertThat(own.cuts()).isEmpty();
  }

  @Test
  void aFormThatBeginsAConversationQuotesNobody() {
    String form =
        "New submission\n\nFrom: Ann <ann@x.example>\nDate: Mon, 16 Nov 2026 10:00\n"
            + "To: Support <s@us.example>\nSubject: Broken\n\nThe export fails.";
    Message.Builder mail = Message.builder("g", "m").body(form);
    List<Header> none = List.of();
    assertThat(MessageText.of(mail.subject("Contact form").headers(none).build()).body())
        .contains("The export fails.");
    for (Message answer :
        List.of(
            mail.subject("Re: Contact form").build(),
            mail.subject("").build(),
            mail.subject("Contact form")
                .headers(List.of(new Header("In-Reply-To", "<1@x.example>")))
                .build(),
            Message.builder("g", "m").subject("Contact form").body(form).build())) {
      assertThat(MessageText.of(answer).body()).isEqualTo("New submission");
    }
  }
}
