package com.example.tickets;

import com.zaxxer.hikari.HikariDataSource;
import io.github.nylaswebhook.jdbc.EmbeddedDatabase;
import java.io.IOException;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** Needs nothing of its own for the webhook: the starter finds the router and the data source. */
@SpringBootApplication
public class TicketsApplication {
  public static void main(String[] args) {
    SpringApplication.run(TicketsApplication.class, args);
  }

  /** A database in a file, so that the sample needs no server; yours is spring.datasource.url. */
  @Bean
  EmbeddedDatabase database(@Value("${tickets.database}") Path file) throws IOException {
    return EmbeddedDatabase.open(file);
  }

  @Bean
  HikariDataSource dataSource(EmbeddedDatabase database) {
    HikariDataSource pool = new HikariDataSource();
    pool.setDataSource(database.dataSource());
    pool.setMaximumPoolSize(1);
    return pool;
  }
}
