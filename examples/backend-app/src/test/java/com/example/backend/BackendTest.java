package com.example.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BackendTest {

    private Backend backend;

    @BeforeEach
    void start() throws IOException {
        backend = new Backend(0);
        backend.start();
    }

    @AfterEach
    void stop() {
        backend.stop();
    }

    @Test
    void greets() throws Exception {
        HttpResponse<String> answer = get("/");
        assertEquals(200, answer.statusCode());
        assertEquals("Hello from backend-app\n", answer.body());
    }

    @Test
    void tellsThatItIsHealthy() throws Exception {
        assertEquals(200, get("/health").statusCode());
    }

    @Test
    void doesNotKnowOtherPaths() throws Exception {
        assertEquals(404, get("/nothing").statusCode());
        assertEquals(404, get("/health/more").statusCode());
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://localhost:" + backend.port() + path);
        HttpRequest request = HttpRequest.newBuilder(uri).build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }
}
