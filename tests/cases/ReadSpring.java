// Reads configuration files by Spring Boot's own loaders. Arguments: files. Prints each name and the hexadecimal UTF-8
// bytes of its value, in the order of the names.

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import org.springframework.boot.env.PropertiesPropertySourceLoader;
import org.springframework.boot.env.PropertySourceLoader;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.FileSystemResource;

class ReadSpring {
    public static void main(String[] files) throws Exception {
        for (String file : files) {
            PropertySourceLoader loader =
                    file.endsWith(".properties") ? new PropertiesPropertySourceLoader() : new YamlPropertySourceLoader();
            List<PropertySource<?>> found = loader.load(file, new FileSystemResource(file));
            for (PropertySource<?> source : found) {
                EnumerablePropertySource<?> all = (EnumerablePropertySource<?>) source;
                for (String name : new TreeSet<>(List.of(all.getPropertyNames()))) {
                    byte[] bytes = String.valueOf(all.getProperty(name)).getBytes(StandardCharsets.UTF_8);
                    System.out.println(name + " " + HexFormat.of().formatHex(bytes));
                }
            }
        }
    }
}
