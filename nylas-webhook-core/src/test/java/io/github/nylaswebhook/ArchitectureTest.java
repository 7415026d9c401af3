package io.github.nylaswebhook;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

class ArchitectureTest {
  private static final String ROOT = "io.github.nylaswebhook";

  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  /** Which of our packages each package may know, in the order in which data flows. */
  private static final Map<String, List<String>> MAY_KNOW =
      Map.ofEntries(
          Map.entry("internal", List.of()),
          Map.entry("signature", List.of()),
          Map.entry("notification", List.of("internal")),
          Map.entry("inbox", List.of("internal")),
          Map.entry("message", List.of("internal")),
          Map.entry("nylas", List.of("internal", "inbox", "message")),
          Map.entry("filter", List.of("internal", "message")),
          Map.entry("categorize", List.of("internal", "message")),
          Map.entry("ticket", List.of("internal", "inbox", "message", "filter", "categorize")),
          Map.entry("destination", List.of("internal", "inbox", "message", "nylas", "ticket")),
          Map.entry(
              "pipeline",
              List.of(
                  "internal",
                  "notification",
                  "inbox",
                  "message",
                  "nylas",
                  "filter",
                  "categorize",
                  "ticket")));

  @Test
  void everyPackageHasItsPlace() {
    Set<String> packages = new java.util.TreeSet<>();
    CORE.forEach(type -> packages.add(type.getPackageName()));
    packages.remove(ROOT);
    assertThat(packages).isEqualTo(prefixed(MAY_KNOW.keySet()));
  }

  private static Set<String> prefixed(Set<String> names) {
    Set<String> packages = new java.util.TreeSet<>();
    names.forEach(name -> packages.add(ROOT + "." + name));
    return packages;
  }

  @Test
  void packagesKnowOnlyWhatIsUpstream() {
    MAY_KNOW.forEach(
        (name, known) -> {
          List<String> allowed = new ArrayList<>();
          allowed.add(ROOT + "." + name);
          known.forEach(other -> allowed.add(ROOT + "." + other));
          noClasses()
              .that()
              .resideInAPackage(ROOT + "." + name)
              .should()
              .dependOnClassesThat(
                  resideInAnyPackage(ROOT, ROOT + "..")
                      .and(
                          com.tngtech.archunit.base.DescribedPredicate.not(
                              resideInAnyPackage(allowed.toArray(String[]::new)))))
              .check(CORE);
        });
  }

  @Test
  void thereAreNoCycles() {
    slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(CORE);
  }

  @Test
  void theCoreKnowsNoFramework() {
    classes()
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                ROOT + "..",
                "java..",
                "javax.crypto..",
                "com.github.benmanes.caffeine..",
                "com.google.re2j..",
                "com.squareup.moshi..",
                "io.github.bucket4j..",
                "kotlin..",
                "okhttp3..",
                "okio..",
                "org.jsoup..",
                "org.jspecify..",
                "org.slf4j..",
                "org.snakeyaml.engine.."))
        .check(CORE);
  }

  /** Without it on the class path, nothing but the reading of YAML may fail to load. */
  @Test
  void onlyTheReaderOfYamlKnowsYaml() {
    noClasses()
        .that()
        .haveSimpleNameNotStartingWith("YamlFile")
        .should()
        .dependOnClassesThat(resideInAnyPackage("org.snakeyaml.."))
        .check(CORE);
  }

  @Test
  void digestsAreComparedInConstantTime() {
    classes()
        .that()
        .haveFullyQualifiedName(ROOT + ".signature.SignatureVerifier$Keys")
        .should()
        .callMethod(MessageDigest.class, "isEqual", byte[].class, byte[].class)
        .check(CORE);
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".signature")
        .should()
        .callMethod(Arrays.class, "equals", byte[].class, byte[].class)
        .check(CORE);
  }

  @Test
  void publicTypesAreNotNamedAfterNothing() {
    for (String suffix : List.of("Manager", "Helper", "Helpers", "Util", "Utils", "Impl")) {
      noClasses()
          .that()
          .arePublic()
          .and()
          .resideOutsideOfPackage(ROOT + ".internal..")
          .should()
          .haveSimpleNameEndingWith(suffix)
          .check(CORE);
    }
  }

  @Test
  void internalTypesAreInNoPublicSignature() {
    com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods()
        .that()
        .arePublic()
        .and()
        .areDeclaredInClassesThat()
        .arePublic()
        .and()
        .areDeclaredInClassesThat()
        .resideOutsideOfPackage(ROOT + ".internal..")
        .should()
        .notHaveRawReturnType(resideInAnyPackage(ROOT + ".internal.."))
        .andShould()
        .notHaveRawParameterTypes(
            com.tngtech.archunit.base.DescribedPredicate.anyElementThat(
                resideInAnyPackage(ROOT + ".internal..")))
        .check(CORE);
  }

  @Test
  void nothingButWhatIsAgreedIsDependedOn() throws Exception {
    Document pom =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(Path.of("pom.xml").toFile());
    Element dependencies = child(pom.getDocumentElement(), "dependencies");
    List<String> used = new ArrayList<>();
    NodeList all = dependencies.getElementsByTagName("dependency");
    for (int i = 0; i < all.getLength(); i++) {
      Element dependency = (Element) all.item(i);
      Element scope = child(dependency, "scope");
      Element optional = child(dependency, "optional");
      if (optional != null && optional.getTextContent().equals("true")) {
        continue;
      }
      if (scope == null || Arrays.asList("compile", "runtime").contains(scope.getTextContent())) {
        used.add(child(dependency, "artifactId").getTextContent());
      }
    }
    assertThat(used)
        .isSubsetOf(
            "okhttp-jvm",
            "moshi",
            "slf4j-api",
            "jsoup",
            "caffeine",
            "bucket4j_jdk17-core",
            "re2j",
            "jspecify")
        .contains("slf4j-api");
  }

  private static Element child(Element parent, String name) {
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element element && element.getTagName().equals(name)) {
        return element;
      }
    }
    return null;
  }
}
