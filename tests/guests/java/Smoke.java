// Smoke guest in Java: two steps and one request through the `http` interface.

import java.util.List;
import org.teavm.interop.Export;

public final class Smoke {
    private static Abi.Check check(String name, int actual, int expected) {
        return new Abi.Check(name, actual == expected, Integer.toString(actual), Integer.toString(expected));
    }

    /** Ends a step, and then the journey. */
    private static final class Failed extends RuntimeException {
        final transient Abi.Failure failure;
        Failed(Abi.Failure failure) {
            super(failure.message());
            this.failure = failure;
        }
    }

    private static Failed error(String message) {
        return new Failed(new Abi.Failure(Abi.ERROR, message, null, null));
    }

    private static Abi.Failure failure(Throwable thrown) {
        if (thrown instanceof Failed failed) return failed.failure;
        return new Abi.Failure(Abi.PANIC, thrown.toString(), null, place(thrown));
    }

    // The innermost frames are those of the exception's own constructors. The files of TeaVM's class library begin with T.
    private static StackTraceElement place(Throwable thrown) {
        for (StackTraceElement frame : thrown.getStackTrace()) {
            String file = frame.getFileName();
            if (file != null && !(file.charAt(0) == 'T' && file.charAt(1) >= 'A' && file.charAt(1) <= 'Z')) return frame;
        }
        return null;
    }

    private interface Body<T> { T run(); }

    private static <T> T step(String name, Body<T> body) {
        int step = Abi.open(name);
        try {
            T value = body.run();
            Abi.close(step, null);
            return value;
        } catch (RuntimeException thrown) {
            Abi.close(step, failure(thrown));
            throw thrown;
        }
    }

    private static Abi.Response getPage() {
        String base = Abi.parameter("base_url");
        if (base == null) throw error("base_url has no value");
        Abi.Response page = Abi.get(base + "/");
        if (page.error() != null) throw error("GET " + base + "/: " + page.error());
        Abi.Check status = check("status is 200", page.status(), 200);
        Abi.hard(status);
        if (!status.isPassed()) throw new Failed(new Abi.Failure(Abi.CHECK, status.name(), status, null));
        return page;
    }

    private static Void compare(Abi.Response page) {
        if (page.bodySize() == 0) throw new IllegalStateException("the page is empty");
        int size = Abi.bodySize(page.id());
        Abi.soft(check("body is whole", size, page.bodySize()));
        Abi.observe("body_size", size, "bytes");
        return null;
    }

    @Export(name = "wayfarer:journey/guest@0.2.0#describe")
    public static int describe() {
        Abi.Parameter base = new Abi.Parameter("base_url", "Where the page is.", Abi.URL);
        return Abi.descriptors(List.of(new Abi.Descriptor("smoke", "Gets one page and looks at it.", 10000,
            List.of("smoke"), List.of("get page", "compare"), List.of("127.0.0.1"), List.of(base))));
    }

    // An exception that left an export would be lost, and the host would read a result that nobody wrote.
    @Export(name = "wayfarer:journey/guest@0.2.0#run")
    public static int run(int journey, int length) {
        try {
            String name = Abi.text(journey, length);
            if (!name.equals("smoke")) throw error("no journey named " + name);
            Abi.Response page = step("get page", () -> getPage());
            step("compare", () -> compare(page));
            return Abi.result(null);
        } catch (Throwable thrown) {
            return Abi.result(failure(thrown));
        }
    }

    @Export(name = "wayfarer:journey/guest@0.2.0#clean")
    public static int clean(int id, int idLength, int kind, int kindLength, int payload, int payloadLength, int attempt,
            int journey, int journeyLength, int runId, int runIdLength, double slotMs, double armedAtMs,
            int extensions, int extensionCount) {
        return Abi.result(new Abi.Failure(Abi.ERROR, "this component arms no cleanups", null, null));
    }

    public static void main(String[] arguments) {
        // The compiler wants a beginning; a component has none.
    }
}
