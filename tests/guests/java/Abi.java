// The canonical ABI of `wayfarer:journey@0.2.0` by hand, as far as the smoke journey needs it.
//
// Whatever crosses the border lies in an arena beyond Java's heap, because the collector moves objects. The component
// declares its strings as UTF-16, Java's own form. Offsets and sizes follow from the WIT: members in order, each aligned to
// its own size.

import java.util.List;
import org.teavm.backend.wasm.WasmHeap;
import org.teavm.interop.Address;
import org.teavm.interop.Export;
import org.teavm.interop.Import;
import org.teavm.interop.Unmanaged;

final class Abi {
    private static final String PACKAGE = "wayfarer:journey/", VERSION = "@0.2.0";

    @Import(module = PACKAGE + "params" + VERSION, name = "get")
    private static native void paramsGet(int name, int length, int to);
    @Import(module = PACKAGE + "steps" + VERSION, name = "open")
    private static native int stepsOpen(int name, int length, int inside, int parent);
    @Import(module = PACKAGE + "steps" + VERSION, name = "close")
    private static native void stepsClose(int args);
    @Import(module = PACKAGE + "checks" + VERSION, name = "hard")
    private static native void checksHard(int name, int length, int isPassed, int hasActual, int actual, int actualLength,
        int hasExpected, int expected, int expectedLength, int hasSource, int file, int fileLength, int line, int column);
    @Import(module = PACKAGE + "checks" + VERSION, name = "soft")
    private static native void checksSoft(int name, int length, int isPassed, int hasActual, int actual, int actualLength,
        int hasExpected, int expected, int expectedLength, int hasSource, int file, int fileLength, int line, int column);
    @Import(module = PACKAGE + "metrics" + VERSION, name = "observe")
    private static native void metricsObserve(int name, int length, double value, int unit, int unitLength, int labels, int count);
    @Import(module = PACKAGE + "http" + VERSION, name = "fetch")
    private static native void httpFetch(int method, int methodLength, int url, int urlLength, int headers, int headerCount,
        int body, int bodySize, int to);
    @Import(module = PACKAGE + "http" + VERSION, name = "body")
    private static native void httpBody(int response, int offset, int length, int to);

    /** The cases of `failure-kind` and of `parameter-kind` that this journey uses. */
    static final int CHECK = 0, PANIC = 1, ERROR = 2, URL = 4;

    record Check(String name, boolean isPassed, String actual, String expected) {}
    record Failure(int kind, String message, Check check, StackTraceElement source) {}
    record Response(int id, int status, int bodySize, String error) {}
    record Parameter(String name, String title, int kind) {}
    record Descriptor(String name, String title, int timeoutMs, List<String> tags, List<String> steps, List<String> hosts,
        List<Parameter> parameters) {}

    /** The first free byte of the arena; 0 before the first use. */
    private static int top;

    // The host asks for memory here, before it writes a text or a list. It must not call an import, so it allocates no
    // object. Java's heap keeps the size that it begins with: the arena takes the pages after it.
    @Export(name = "cabi_realloc")
    @Unmanaged
    public static int allocate(int old, int oldSize, int align, int size) {
        if (top == 0) {
            WasmHeap.maxHeapSize = WasmHeap.heapSize;
            top = WasmHeap.memoryLimit.toInt();
        }
        int at = (top + align - 1) & -align;
        int missing = at + size - WasmHeap.memoryLimit.toInt();
        if (missing > 0) {
            int pages = (missing + 65535) / 65536;
            WasmHeap.growMemory(pages);
            WasmHeap.memoryLimit = WasmHeap.memoryLimit.add(pages * 65536);
        }
        top = at + size;
        Address.moveMemoryBlock(Address.fromInt(old), Address.fromInt(at), oldSize);
        return at;
    }

    private static int zeroed(int size) {
        int at = allocate(0, 0, 8, size);
        Address.fillZero(Address.fromInt(at), size); // Every option is none, every list and every other text is empty.
        return at;
    }
    private static void put(int at, int value) { Address.fromInt(at).putInt(value); }
    private static void some(int at) { Address.fromInt(at).putByte((byte) 1); }
    private static int get(int at) { return Address.fromInt(at).getInt(); }
    private static boolean is(int at) { return Address.fromInt(at).getByte() != 0; }

    private static int text(String text) {
        int at = allocate(0, 0, 2, 2 * text.length());
        for (int i = 0; i < text.length(); i++) Address.fromInt(at + 2 * i).putChar(text.charAt(i));
        return at;
    }
    private static void putText(int at, String text) {
        put(at, text(text));
        put(at + 4, text.length());
    }
    private static void putSome(int at, String text) {
        some(at);
        putText(at + 4, text);
    }
    private static void putTexts(int at, List<String> texts) {
        put(at, zeroed(8 * texts.size()));
        put(at + 4, texts.size());
        for (int i = 0; i < texts.size(); i++) putText(get(at) + 8 * i, texts.get(i));
    }
    static String text(int at, int length) {
        char[] units = new char[length];
        for (int i = 0; i < length; i++) units[i] = Address.fromInt(at + 2 * i).getChar();
        return new String(units);
    }

    /** Writes a `failure`, which has 84 bytes. */
    private static void putFailure(int at, Failure failure) {
        putText(at, failure.message);
        put(at + 8, failure.kind);
        if (failure.source != null) {
            putSome(at + 32, failure.source.getFileName());
            put(at + 44, failure.source.getLineNumber());
        }
        if (failure.check != null) {
            putSome(at + 52, failure.check.actual);
            putSome(at + 64, failure.check.expected);
        }
    }
    /** A `result` with nothing in it, or with this failure. */
    static int result(Failure failure) {
        int at = zeroed(88);
        if (failure != null) {
            some(at);
            putFailure(at + 4, failure);
        }
        return at;
    }
    /** A list of descriptors of 128 bytes, with parameters of 44. */
    static int descriptors(List<Descriptor> list) {
        int to = zeroed(8), at = zeroed(128 * list.size());
        put(to, at);
        put(to + 4, list.size());
        for (Descriptor one : list) {
            putText(at, one.name);
            putText(at + 8, one.title);
            some(at + 56);
            put(at + 60, one.timeoutMs);
            putTexts(at + 72, one.tags);
            putTexts(at + 80, one.steps);
            int parameter = zeroed(44 * one.parameters.size());
            put(at + 88, parameter);
            put(at + 92, one.parameters.size());
            putTexts(at + 104, one.hosts);
            for (Parameter each : one.parameters) {
                putText(parameter, each.name);
                putText(parameter + 8, each.title);
                put(parameter + 16, each.kind);
                some(parameter + 28);
                parameter += 44;
            }
            at += 128;
        }
        return to;
    }

    // Each of these gives back what it took of the arena.

    static String parameter(String name) {
        int mark = top, to = zeroed(12);
        paramsGet(text(name), name.length(), to);
        String value = is(to) ? text(get(to + 4), get(to + 8)) : null;
        top = mark;
        return value;
    }
    static int open(String name) {
        int mark = top, step = stepsOpen(text(name), name.length(), 0, 0);
        top = mark;
        return step;
    }
    static void close(int step, Failure failure) {
        int mark = top, at = zeroed(92);
        put(at, step);
        if (failure != null) {
            some(at + 4);
            putFailure(at + 8, failure);
        }
        stepsClose(at);
        top = mark;
    }
    static void hard(Check it) {
        int mark = top;
        checksHard(text(it.name), it.name.length(), it.isPassed ? 1 : 0, 1, text(it.actual), it.actual.length(),
            1, text(it.expected), it.expected.length(), 0, 0, 0, 0, 0);
        top = mark;
    }
    static void soft(Check it) {
        int mark = top;
        checksSoft(text(it.name), it.name.length(), it.isPassed ? 1 : 0, 1, text(it.actual), it.actual.length(),
            1, text(it.expected), it.expected.length(), 0, 0, 0, 0, 0);
        top = mark;
    }
    static void observe(String name, double value, String unit) {
        int mark = top;
        metricsObserve(text(name), name.length(), value, text(unit), unit.length(), 0, 0);
        top = mark;
    }
    static Response get(String url) {
        int mark = top, to = zeroed(24);
        httpFetch(text("GET"), 3, text(url), url.length(), 0, 0, 0, 0, to);
        Response response;
        if (is(to)) {
            int kind = get(to + 4); // 4 is `timeout` and 7 is `cancelled`; the others have a text.
            String error = kind == 4 ? "timeout" : kind == 7 ? "cancelled" : text(get(to + 8), get(to + 12));
            response = new Response(0, 0, 0, error);
        } else {
            response = new Response(get(to + 4), Address.fromInt(to + 8).getShort() & 0xffff, get(to + 12), null);
        }
        top = mark;
        return response;
    }
    /** Asks for the whole body and returns its size. */
    static int bodySize(int response) {
        int mark = top, to = zeroed(8);
        httpBody(response, 0, -1, to);
        int size = get(to + 4);
        top = mark;
        return size;
    }
}
