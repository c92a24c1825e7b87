import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Verify a license, apply with it, and read what happened: java.net.http alone (Java 17).
 *
 * <pre>java LicenseServiceExample.java http://127.0.0.1:8000 API_KEY business-license.ofd</pre>
 *
 * A real program reads JSON with its own library; members are picked by pattern here to need none.
 */
public final class LicenseServiceExample {
    private static final Set<Integer> TRY_AGAIN = Set.of(429, 502, 503, 504);
    private static final int ATTEMPTS = 6;

    private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final String url;
    private final String key;

    private LicenseServiceExample(String url, String key) {
        this.url = url;
        this.key = key;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        var service = new LicenseServiceExample(arguments[0], arguments[1]);
        byte[] license = Files.readAllBytes(Path.of(arguments[2]));

        String verdict = service.post("/v1/verifications", """
            {"document": "%s"}""".formatted(Base64.getEncoder().encodeToString(license)));
        System.out.println(member(verdict, "indication"));

        String opened = service.post("/v1/cases", """
            {"matter_code": "social-security-enrollment",
             "applicant": {"name": "%s", "id": "%s"},
             "documents": [{"verification_id": "%s"}],
             "submitted": [{"material": "employee-list", "sha256": "%s", "file_name": "employees.pdf"}],
             "deferrals": [{"material": "bank-account", "acknowledged_by": "\u793a\u4f8b\u7532"}]}"""
            .formatted(fromHolder(verdict, "name"), fromHolder(verdict, "id"), topLevelId(verdict), "0".repeat(64)));
        System.out.println(member(opened, "state"));

        System.out.println(service.get("/v1/cases/" + topLevelId(opened) + "/timeline"));
    }

    /** Create something, once: the key is made before the first attempt and kept over all. */
    private String post(String path, String body) throws IOException, InterruptedException {
        return send(request(path)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", UUID.randomUUID().toString())
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build());
    }

    private String get(String path) throws IOException, InterruptedException {
        return send(request(path).GET().build());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url + path))
            .timeout(Duration.ofSeconds(30))
            .header("Authorization", "Bearer " + key);
    }

    private String send(HttpRequest request) throws IOException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            IOException lost = null;
            HttpResponse<String> answer = null;
            try {
                answer = http.send(request, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() < 400) {
                    return answer.body();
                }
            } catch (IOException error) {
                lost = error;
            }
            boolean passes = answer == null || TRY_AGAIN.contains(answer.statusCode())
                || answer.body().contains("\"idempotency_in_progress\"");
            if (!passes || attempt == ATTEMPTS) {
                // A problem document (RFC 9457): `code` says why, `action` what to do.
                throw lost != null ? lost : new IOException(answer.statusCode() + " " + answer.body());
            }
            Thread.sleep(wait(attempt, answer));
        }
    }

    /** Return milliseconds with full jitter, and at least what the service asks for. */
    private static long wait(int attempt, HttpResponse<String> answer) {
        long jitter = ThreadLocalRandom.current().nextLong(500L << attempt);
        long asked = answer == null ? 0 : answer.headers().firstValueAsLong("Retry-After").orElse(0) * 1000;
        return Math.max(jitter, asked);
    }

    private static String member(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\":\\s*\"([^\"]*)\"").matcher(json);
        if (!found.find()) {
            throw new IllegalStateException("no member " + name);
        }
        return found.group(1);
    }

    private static String fromHolder(String verdict, String name) {
        return member(verdict.substring(verdict.indexOf("\"holders\"")), name);
    }

    /** Return the id of what was created: 32 hexadecimal digits. */
    private static String topLevelId(String json) {
        Matcher found = Pattern.compile("\"id\":\\s*\"([0-9a-f]{32})\"").matcher(json);
        if (!found.find()) {
            throw new IllegalStateException("no id");
        }
        return found.group(1);
    }
}
