// Compiles a class and all that it uses to a core module, as the plug-ins of TeaVM for Maven and Gradle do.
//
// Arguments: the name of the class, and the directory for `core.wasm`. The class path is that of this program.

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.teavm.diagnostics.DefaultProblemTextConsumer;
import org.teavm.diagnostics.Problem;
import org.teavm.tooling.TeaVMTargetType;
import org.teavm.tooling.TeaVMTool;
import org.teavm.vm.TeaVMOptimizationLevel;

public final class TeaVm {
    public static void main(String[] arguments) throws Exception {
        List<File> path = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) path.add(new File(entry));
        TeaVMTool tool = new TeaVMTool();
        tool.setTargetType(TeaVMTargetType.WEBASSEMBLY_WASI);
        tool.setMainClass(arguments[0]);
        tool.setClassPath(path);
        tool.setClassLoader(TeaVm.class.getClassLoader());
        tool.setTargetDirectory(new File(arguments[1]));
        tool.setTargetFileName("core.wasm");
        tool.setOptimizationLevel(TeaVMOptimizationLevel.FULL);
        // Stack traces name files and lines.
        tool.setObfuscated(false);
        // Java's heap begins with 2 MiB and keeps that size; the arena of the canonical ABI may grow by the rest.
        tool.setMinHeapSize(2 << 20);
        tool.setMaxHeapSize(32 << 20);
        tool.generate();
        for (Problem problem : tool.getProblemProvider().getProblems()) {
            DefaultProblemTextConsumer text = new DefaultProblemTextConsumer();
            problem.render(text);
            System.err.println(problem.getSeverity() + ": " + text.getText());
        }
        if (!tool.getProblemProvider().getSevereProblems().isEmpty()) System.exit(1);
        Path module = Path.of(arguments[1], "core.wasm");
        Files.write(module, withoutNames(Files.readAllBytes(module)));
    }

    /** Leaves out the custom sections: TeaVM writes the names of functions in an order that other tools refuse. */
    private static byte[] withoutNames(byte[] module) {
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        kept.write(module, 0, 8);
        for (int at = 8, next; at < module.length; at = next) {
            int size = 0, body = at + 1;
            for (int shift = 0, bits = -1; bits < 0; shift += 7) {
                bits = module[body++];
                size |= (bits & 0x7f) << shift;
            }
            next = body + size;
            if (module[at] != 0) kept.write(module, at, next - at);
        }
        return kept.toByteArray();
    }
}
