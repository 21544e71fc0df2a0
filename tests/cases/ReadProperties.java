import java.io.FileInputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Properties;

/** Reads a file as an application does, and prints each name and value as the hex of its UTF-16. */
class ReadProperties {
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        try (FileInputStream file = new FileInputStream(arguments[0])) {
            properties.load(file);
        }
        HexFormat hex = HexFormat.of();
        StringBuilder lines = new StringBuilder();
        for (String name : properties.stringPropertyNames()) {
            String value = properties.getProperty(name);
            lines.append(hex.formatHex(name.getBytes(StandardCharsets.UTF_16BE))).append(' ');
            lines.append(hex.formatHex(value.getBytes(StandardCharsets.UTF_16BE))).append('\n');
        }
        System.out.print(lines);
    }
}
