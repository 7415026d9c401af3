package com.example.tickets;

import java.util.List;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The rest of the application, which the webhook leaves alone. */
@RestController
class TicketsController {
  private final JdbcClient database;

  TicketsController(JdbcClient database) {
    this.database = database;
  }

  @GetMapping("/tickets")
  List<Map<String, Object>> tickets() {
    return database.sql("select * from tickets order by id").query().listOfRows();
  }
}
