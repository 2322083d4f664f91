// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AuditRegistry} from "../../src/AuditRegistry.sol";
import {FaultProver} from "../../src/FaultProver.sol";
import {RewardDistributor} from "../../src/RewardDistributor.sol";
import {StakeManager} from "../../src/StakeManager.sol";
import {TestToken} from "../../src/TestToken.sol";
import {EpochReport, EpochRoot} from "../../src/Types.sol";
import {Vectors} from "./Vectors.sol";
import {VM} from "./Vm.sol";
import {VMX} from "./VmMore.sol";

/// @dev All contracts as one deployer deploys them, four validators with stakes and four nodes with bonds: the network that the
/// second half of faults.json is of.
abstract contract WholeNetwork is Vectors {
    uint64 internal constant GENESIS = 1_700_000_000;
    uint32 internal constant SLOT_SECONDS = 60;
    uint32 internal constant SLOTS_PER_EPOCH = 60;
    uint32 internal constant REPORT_SECONDS = 900;
    uint64 internal constant EPOCH_SECONDS = 3600;
    uint64 internal constant EPOCH = 7;
    uint64 internal constant DELAY = 1800;
    uint64 internal constant UNBONDING = 30_000;
    uint256 internal constant STAKE = 1000e18;
    uint256 internal constant BOND = 100e18;
    uint256 internal constant SIGNER_KEY = 0xA11CE;
    uint256 internal constant P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;
    address internal constant DEPLOYER = 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266;
    address internal constant ALICE = address(0xA11);
    address internal constant BOB = address(0xB0B);
    bytes32 private constant NODE_KEY_TYPEHASH = keccak256("NodeKey(address operator,bytes32 nodeId)");

    AuditRegistry internal registry;
    TestToken internal token;
    StakeManager internal stakes;
    FaultProver internal prover;
    RewardDistributor internal rewards;

    function setUp() public virtual {
        load("test/vectors/faults.json");
        VM.warp(GENESIS);
        _deploy();
        for (uint256 i = 0; i < 4; ++i) {
            _fund(operatorOf(i), 0, STAKE);
            bytes32 tip = i == 0 ? word(".seed.tip") : keccak256(abi.encode("tip", i));
            VM.prank(operatorOf(i));
            registry.registerValidator(VM.addr(keyOf(i)), tip, "https://v.example");
        }
        for (uint256 i = 1; i <= 4; ++i) {
            _registerNode(i);
        }
    }

    function operatorOf(uint256 i) internal pure returns (address) {
        return i == 0 ? ALICE : address(uint160(0x2000 + i));
    }

    function keyOf(uint256 i) internal pure returns (uint256) {
        return i == 0 ? SIGNER_KEY : 0x5EED + i;
    }

    function goTo(uint64 epoch) internal {
        VM.warp(registry.epochStart(epoch));
    }

    function _deploy() private {
        address[5] memory planned;
        for (uint256 nonce = 0; nonce < 5; ++nonce) {
            planned[nonce] = VMX.computeCreateAddress(DEPLOYER, nonce);
        }
        bytes32 policyHash = word(".undrawn[1].policy.hash");
        bytes32[] memory keyWords = words(".undrawn[1].keyWords");
        FaultProver.DrandKey memory key;
        for (uint256 i = 0; i < 8; ++i) {
            key.words[i] = keyWords[i];
        }
        VM.startPrank(DEPLOYER);
        registry = new AuditRegistry(
            AuditRegistry.Setup(GENESIS, SLOT_SECONDS, SLOTS_PER_EPOCH, REPORT_SECONDS, policyHash, planned[2])
        );
        token = new TestToken("Test", "TST", 1e30);
        stakes = new StakeManager(
            StakeManager.Setup({
                token: planned[1],
                registry: planned[0],
                prover: planned[3],
                guardian: DEPLOYER,
                validatorMin: STAKE,
                nodeMin: BOND,
                unbondingSeconds: UNBONDING,
                slashDelaySeconds: DELAY,
                slashCapPpm: 200_000,
                reporterSharePpm: 100_000,
                penaltyCapPpm: 50_000,
                pauseSecondsMax: 1000
            })
        );
        prover = new FaultProver(planned[0], planned[2], key);
        rewards = new RewardDistributor(planned[1], planned[0], DEPLOYER, 50e18, 1000);
        token.approve(address(stakes), type(uint256).max);
        token.approve(address(rewards), type(uint256).max);
        rewards.fund(1000e18);
        VM.stopPrank();
        address[5] memory found =
            [address(registry), address(token), address(stakes), address(prover), address(rewards)];
        for (uint256 i = 0; i < 5; ++i) {
            same(found[i], planned[i], "an address known beforehand");
        }
    }

    function _fund(address owner, bytes32 id, uint256 amount) internal {
        VM.prank(DEPLOYER);
        stakes.depositFor(owner, id, amount);
    }

    function nodeIdOf(uint256 privateKey) internal pure returns (bytes32) {
        (uint256 x, uint256 y) = VM.publicKeyP256(privateKey);
        return keccak256(abi.encodePacked(x, y));
    }

    function _registerNode(uint256 privateKey) private {
        (uint256 x, uint256 y) = VM.publicKeyP256(privateKey);
        bytes32 nodeId = nodeIdOf(privateKey);
        _fund(BOB, nodeId, BOND);
        bytes32 structHash = keccak256(abi.encode(NODE_KEY_TYPEHASH, BOB, nodeId));
        bytes32 digest = sha256(abi.encodePacked(hex"1901", registry.domainSeparator(), structHash));
        (bytes32 r, bytes32 s) = VM.signP256(privateKey, digest);
        if (uint256(s) > P256_ORDER / 2) s = bytes32(P256_ORDER - uint256(s));
        VM.prank(BOB);
        registry.registerNode(bytes32(x), bytes32(y), "https://n.example", "demo", 1, r, s);
    }

    /// @dev Alice's report of the vectors, posted as the registry wants it.
    function postReport() internal {
        goTo(EPOCH + 1);
        bytes memory call = data(".undrawn[1].honest.calldata");
        bytes memory arguments = new bytes(call.length - 4);
        for (uint256 i = 0; i < arguments.length; ++i) {
            arguments[i] = call[i + 4];
        }
        (,, EpochReport memory report,,,,) =
            abi.decode(arguments, (Challenge9, bytes, EpochReport, bytes, bytes, bytes, uint32));
        registry.postReport(report, data(".undrawn[1].signature"));
    }

    /// @dev A challenge's nine words; only skipped over here.
    struct Challenge9 {
        bytes32[9] words;
    }

    /// @dev A root that all but the first validator sign.
    function postRoot(uint64 epoch, bytes32 rewardRoot, bytes32 penaltyRoot) internal {
        VM.warp(registry.epochStart(epoch + 1) + REPORT_SECONDS);
        (, bytes32 previous) = registry.lastRoot();
        EpochRoot memory root = EpochRoot({
            epoch: epoch,
            round: 0,
            scoreRoot: keccak256("scores"),
            rewardRoot: rewardRoot,
            penaltyRoot: penaltyRoot,
            reportSetHash: 0,
            nodeSetRoot: 0,
            previousRoot: previous,
            policyHash: registry.policyAt(epoch)
        });
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", registry.domainSeparator(), registry.hashRoot(root)));
        bytes memory signatures;
        for (uint256 i = 1; i < 4; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = VM.sign(keyOf(i), digest);
            signatures = abi.encodePacked(signatures, r, uint256(s) | (uint256(v - 27) << 255));
        }
        registry.postEpoch(root, 14, signatures);
    }

    /// @dev A tree of two leaves: its root, and each leaf's proof is the other.
    function twoLeaves(bytes memory a, bytes memory b)
        internal
        pure
        returns (bytes32 root, bytes32[] memory proofOfA, bytes32[] memory proofOfB)
    {
        bytes32 hashA = keccak256(abi.encode(keccak256(a)));
        bytes32 hashB = keccak256(abi.encode(keccak256(b)));
        root = hashA < hashB ? keccak256(abi.encode(hashA, hashB)) : keccak256(abi.encode(hashB, hashA));
        (proofOfA, proofOfB) = (new bytes32[](1), new bytes32[](1));
        (proofOfA[0], proofOfB[0]) = (hashB, hashA);
    }
}
