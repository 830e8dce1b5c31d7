import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.neo4j.cli.AdminTool;
import org.neo4j.cli.ExecutionContext;
import org.neo4j.dbms.api.DatabaseManagementService;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;

/**
 * A Neo4j server that also fills its database from files: java … Neo4jServer.java, run in the server's folder.
 *
 * <p>Whoever wants it filled writes a folder import/NAME of files, with the importer's arguments in import/NAME/arguments,
 * and then makes import/NAME.ready. The server stops the database, runs the importer, or where
 * the arguments are `nothing` removes the database's files, writes import/NAME.result (the first line is `ok` or
 * `failed`), removes the marker and starts the database again. While it works it touches the marker. If it
 * is killed meanwhile, the marker is still there at its next start, and it imports before it serves. Whoever no longer
 * wants it removes the marker: the server then ends at once, and is empty when it is started again.
 */
public final class Neo4jServer {
    private static final Path HOME = Path.of("").toAbsolutePath();
    private static final Path CONF = HOME.resolve("conf");
    private static final Path IMPORT = HOME.resolve("import");
    /** There while the database is half filled. */
    private static final Path UNFINISHED = HOME.resolve("unfinished");
    private static final long LOOK_MS = 50;
    private static final long TOUCH_MS = 1_000;
    private static final int TRIES = 4;

    private static volatile DatabaseManagementService service;
    private static volatile boolean stopping;

    public static void main(String[] arguments) throws Exception {
        Runtime.getRuntime().addShutdownHook(new Thread(Neo4jServer::stop));
        setFirstPassword();
        if (Files.exists(UNFINISHED)) {
            emptyDatabase();
        }
        while (!stopping) {
            for (Path marker = next(); marker != null; marker = next()) {
                stopService();
                carryOut(marker);
            }
            startService();
            Thread.sleep(LOOK_MS);
        }
    }

    /** The default password must not be open to anybody: this one counts from the first start on. */
    private static void setFirstPassword() throws IOException {
        if (!Files.exists(HOME.resolve("data/databases/system"))) {
            String password = Files.readString(HOME.resolve("password")).strip();
            int code = admin(System.out, List.of("dbms", "set-initial-password", "--", password)); // it may start with a dash
            if (code != 0) {
                throw new IOException("the first password cannot be set: exit code " + code);
            }
        }
    }

    private static synchronized void startService() {
        if (service == null && !stopping) {
            service = new DatabaseManagementServiceBuilder(HOME).loadPropertiesFromFile(CONF.resolve("neo4j.conf")).build();
            System.out.println("serving");
        }
    }

    private static synchronized void stopService() {
        if (service != null) {
            service.shutdown();
            service = null;
        }
    }

    private static void stop() {
        stopping = true;
        stopService();
    }

    /** A marker, if there is one. */
    private static Path next() throws IOException {
        try (DirectoryStream<Path> markers = Files.newDirectoryStream(IMPORT, "*.ready")) {
            for (Path marker : markers) {
                return marker;
            }
        }
        return null;
    }

    private static void carryOut(Path marker) throws IOException, InterruptedException {
        String name = marker.getFileName().toString().replaceFirst("\\.ready$", "");
        System.out.println("importing " + name);
        Files.writeString(UNFINISHED, name);
        Thread toucher = touching(marker);
        String result;
        try {
            result = fill(IMPORT.resolve(name));
        } catch (IOException | RuntimeException | OutOfMemoryError error) {
            result = "failed\n" + error;
        } finally {
            toucher.interrupt();
            toucher.join();
        }
        if (result.equals("ok")) {
            Files.deleteIfExists(UNFINISHED);
        } else {
            emptyDatabase();
        }
        System.out.println("import " + name + " " + result);
        if (Files.exists(marker)) { // else nobody waits for it any more
            Path draft = IMPORT.resolve(name + ".draft");
            Files.writeString(draft, result);
            Files.move(draft, IMPORT.resolve(name + ".result"), StandardCopyOption.ATOMIC_MOVE);
        }
        Files.deleteIfExists(marker);
    }

    /** Run the importer, unless it has ended this process too often; its own words stay in `import.log` beside the files. */
    private static String fill(Path folder) throws IOException {
        Path tries = folder.resolve("tries");
        int before = Files.exists(tries) ? Files.readString(tries).length() : 0;
        if (before >= TRIES) {
            return "failed\nthe server ended " + before + " times in the middle of it";
        }
        Files.writeString(tries, "i".repeat(before + 1));
        List<String> arguments = Files.readAllLines(folder.resolve("arguments"));
        if (arguments.equals(List.of("nothing"))) {
            emptyDatabase();
            return "ok";
        }
        List<String> command = new ArrayList<>(List.of("database", "import", "full", "neo4j"));
        command.addAll(arguments);
        int code;
        try (PrintStream said = new PrintStream(folder.resolve("import.log").toFile(), StandardCharsets.UTF_8)) {
            code = admin(said, command);
        }
        return code == 0 ? "ok" : "failed\nexit code " + code;
    }

    private static int admin(PrintStream said, List<String> command) {
        return AdminTool.execute(new ExecutionContext(HOME, CONF, said, said, new org.neo4j.io.fs.DefaultFileSystemAbstraction()),
                command.toArray(String[]::new));
    }

    private static Thread touching(Path marker) {
        Thread thread = new Thread(() -> {
            try {
                while (true) {
                    Files.setLastModifiedTime(marker, FileTime.fromMillis(System.currentTimeMillis()));
                    Thread.sleep(TOUCH_MS);
                }
            } catch (InterruptedException done) {
                // the import has ended
            } catch (IOException withdrawn) {
                System.out.println("the import is not wanted any more");
                Runtime.getRuntime().halt(1);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void emptyDatabase() throws IOException {
        delete(HOME.resolve("data/databases/neo4j"));
        delete(HOME.resolve("data/transactions/neo4j"));
        Files.deleteIfExists(UNFINISHED);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> inside = Files.walk(folder)) {
            for (Path path : inside.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (NoSuchFileException gone) {
            // nothing was there
        }
    }
}
