package libzmq

// Numbers of the socket options of libzmq's stable API, for the Get and Set methods of [Socket]; zmq_getsockopt(3) and zmq_setsockopt(3) say
// what each means. The comment names the method's type: Int is a 32-bit C int.
const (
	OptAffinity                       = 4  // Uint64: bit mask of I/O threads
	OptRoutingID                      = 5  // Bytes
	OptSubscribe                      = 6  // Bytes, set only
	OptUnsubscribe                    = 7  // Bytes, set only
	OptRate                           = 8  // Int, kbit/s
	OptRecoveryIvl                    = 9  // Int, milliseconds
	OptSndBuf                         = 11 // Int, bytes
	OptRcvBuf                         = 12 // Int, bytes
	OptRcvMore                        = 13 // Int, get only
	OptFD                             = 14 // Int, get only; see Socket.FD
	OptEvents                         = 15 // Int, get only; see Socket.Events
	OptType                           = 16 // Int, get only
	OptLinger                         = 17 // Int, milliseconds, -1 forever
	OptReconnectIvl                   = 18 // Int, milliseconds, -1 never
	OptBacklog                        = 19 // Int, connections
	OptReconnectIvlMax                = 21 // Int, milliseconds, 0 no backoff
	OptMaxMsgSize                     = 22 // Int64, bytes, -1 unlimited
	OptSndHWM                         = 23 // Int, messages, 0 unlimited
	OptRcvHWM                         = 24 // Int, messages, 0 unlimited
	OptMulticastHops                  = 25 // Int
	OptRcvTimeo                       = 27 // Int, milliseconds; of no effect here, nothing blocks
	OptSndTimeo                       = 28 // Int, milliseconds; of no effect here, nothing blocks
	OptIPv4Only                       = 31 // Int, deprecated
	OptLastEndpoint                   = 32 // Bytes (text), get only
	OptRouterMandatory                = 33 // Int, set only
	OptTCPKeepalive                   = 34 // Int, -1 as the system has it
	OptTCPKeepaliveCnt                = 35 // Int
	OptTCPKeepaliveIdle               = 36 // Int, seconds
	OptTCPKeepaliveIntvl              = 37 // Int, seconds
	OptTCPAcceptFilter                = 38 // Bytes, set only, deprecated
	OptImmediate                      = 39 // Int
	OptXPubVerbose                    = 40 // Int, set only
	OptRouterRaw                      = 41 // Int, set only, deprecated
	OptIPv6                           = 42 // Int
	OptMechanism                      = 43 // Int, get only: 0 NULL, 1 PLAIN, 2 CURVE, 3 GSSAPI
	OptPlainServer                    = 44 // Int
	OptPlainUsername                  = 45 // Bytes (text)
	OptPlainPassword                  = 46 // Bytes (text)
	OptCurveServer                    = 47 // Int
	OptCurvePublicKey                 = 48 // Bytes: 32 raw or 40 of Z85; read as Z85
	OptCurveSecretKey                 = 49 // Bytes: as above
	OptCurveServerKey                 = 50 // Bytes: as above
	OptProbeRouter                    = 51 // Int, set only
	OptReqCorrelate                   = 52 // Int, set only
	OptReqRelaxed                     = 53 // Int, set only
	OptConflate                       = 54 // Int
	OptZapDomain                      = 55 // Bytes (text)
	OptRouterHandover                 = 56 // Int, set only
	OptTOS                            = 57 // Int
	OptIPCFilterPID                   = 58 // Int, set only, deprecated
	OptIPCFilterUID                   = 59 // Int, set only, deprecated
	OptIPCFilterGID                   = 60 // Int, set only, deprecated
	OptConnectRoutingID               = 61 // Bytes, set only
	OptGSSAPIServer                   = 62 // Int
	OptGSSAPIPrincipal                = 63 // Bytes (text)
	OptGSSAPIServicePrincipal         = 64 // Bytes (text)
	OptGSSAPIPlaintext                = 65 // Int
	OptHandshakeIvl                   = 66 // Int, milliseconds, 0 never
	OptSocksProxy                     = 68 // Bytes (text)
	OptXPubNoDrop                     = 69 // Int, set only
	OptBlocky                         = 70 // Int; of contexts
	OptXPubManual                     = 71 // Int, set only
	OptXPubWelcomeMsg                 = 72 // Bytes, set only
	OptStreamNotify                   = 73 // Int, set only
	OptInvertMatching                 = 74 // Int
	OptHeartbeatIvl                   = 75 // Int, milliseconds, 0 none
	OptHeartbeatTTL                   = 76 // Int, milliseconds, in steps of 100
	OptHeartbeatTimeout               = 77 // Int, milliseconds
	OptXPubVerboser                   = 78 // Int, set only
	OptConnectTimeout                 = 79 // Int, milliseconds, 0 the system's
	OptTCPMaxRT                       = 80 // Int, milliseconds
	OptThreadSafe                     = 81 // Int, get only
	OptMulticastMaxTPDU               = 84 // Int, bytes
	OptVMCIBufferSize                 = 85 // Uint64, bytes
	OptVMCIBufferMinSize              = 86 // Uint64, bytes
	OptVMCIBufferMaxSize              = 87 // Uint64, bytes
	OptVMCIConnectTimeout             = 88 // Int, milliseconds
	OptUseFD                          = 89 // Int
	OptGSSAPIPrincipalNametype        = 90 // Int
	OptGSSAPIServicePrincipalNametype = 91 // Int
	OptBindToDevice                   = 92 // Bytes (text)
	OptZapEnforceDomain               = 93 // Int; not in zmq.h without drafts, but answered by stock libraries from 4.3.0 on
)

// readsText tells options whose text libzmq ends with a NUL that is not part of the value.
func readsText(opt int) bool {
	switch opt {
	case OptLastEndpoint, OptPlainUsername, OptPlainPassword, OptZapDomain, OptSocksProxy, OptBindToDevice,
		OptGSSAPIPrincipal, OptGSSAPIServicePrincipal, OptCurvePublicKey, OptCurveSecretKey, OptCurveServerKey:
		return true
	}
	return false
}

// readSize is the length of the buffer that libzmq wants for reading opt.
func readSize(opt int) int {
	switch opt {
	case OptCurvePublicKey, OptCurveSecretKey, OptCurveServerKey:
		return 41 // libzmq tells Z85 text from raw bytes by this very length
	}
	return 1024
}
