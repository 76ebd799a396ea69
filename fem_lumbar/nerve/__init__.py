"""The medial branch of the dorsal ramus in the tunnel under the mamillo-accessory ligament: clearance and pressure."""
