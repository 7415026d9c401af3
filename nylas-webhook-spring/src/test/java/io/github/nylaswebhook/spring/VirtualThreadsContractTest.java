package io.github.nylaswebhook.spring;

import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** The same on virtual threads, which Spring Boot uses from JDK 21 on. */
@EnabledForJreRange(min = JRE.JAVA_21)
class VirtualThreadsContractTest extends SpringBootContractTest {
  @Override
  protected String container() {
    return super.container() + ", virtual threads";
  }

  @Override
  boolean virtualThreads() {
    return true;
  }
}
